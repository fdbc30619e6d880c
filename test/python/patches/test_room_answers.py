"""The patch `room_answers`: the flaw in stock CachiBot, and the fix in rooms of the real server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from cachibot_process import CachibotProcess
from chat_client import connect, room_of_two
from ollama import ANSWER, Ollama
from server_process import ANSWER_SECONDS, ServerProcess

LEAVE = """
    from cachibot.api.room_websocket import RoomConnectionManager
    class Socket:
        async def accept(self):
            pass
    async def leave():
        manager = RoomConnectionManager()
        task = asyncio.create_task(asyncio.sleep(0.1))
        manager.bot_tasks["r"] = dict(b=task)
        await manager.connect("r", "ada", Socket())
        {between}
        manager.disconnect("r", "ada")
        await asyncio.wait([task])
        await asyncio.sleep(0)
        return [task.cancelled(), "ada" in manager.rooms.get("r", ()), "r" in manager.bot_tasks]
    answer = asyncio.run(leave())
"""
AGAIN = 'await asyncio.create_task(manager.connect("r", "ada", Socket()))'
"""The user connects again before the first connection closes."""


def test_flaw(stock: CachibotProcess) -> None:
    assert stock.run(LEAVE.format(between="")) == [True, False, False], "the bot is cancelled"
    assert stock.run(LEAVE.format(between=AGAIN)) == [True, False, False], "and the new connection gets nothing"


def test_patch(patched: CachibotProcess) -> None:
    assert patched.run(LEAVE.format(between="")) == [False, False, False]
    assert patched.run(LEAVE.format(between=AGAIN)) == [False, True, True]


@pytest.mark.left_to_ci
def test_bots_continue_without_a_page(start: Callable[..., ServerProcess]) -> None:
    with Ollama() as ollama:
        server = start(env=ollama.env)
        token, room = room_of_two(server)
        path = f"/ws/room?room_id={room}&"

        async def ask(socket: Any, message: str) -> None:
            ollama.may_answer.clear()
            ollama.requested.clear()
            await socket.send(json.dumps({"type": "room_chat", "payload": {"message": message, "messageId": message}}))
            assert await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS)

        async def until_done(socket: Any) -> list[dict[str, Any]]:
            frames: list[dict[str, Any]] = []
            while not frames or frames[-1]["type"] != "room_bot_done":
                frames.append(json.loads(await socket.recv()))
            return frames

        def wait_for_messages(number: int) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            while len(server.request("GET", f"/api/rooms/{room}/messages", headers=headers).json()) < number:
                time.sleep(0.1)

        async def test() -> None:
            async with connect(server, token, path) as socket:
                await ask(socket, "@one hello")
            async with connect(server, token, path) as socket:
                frames = [json.loads(await socket.recv())]
                assert frames[0]["type"] == "room_bot_thinking", "the page sees that the bot answers"
                ollama.may_answer.set()
                frames += await until_done(socket)
                assert ANSWER in [each["payload"].get("content") for each in frames]
                await ask(socket, "@one again")
            ollama.may_answer.set()
            await asyncio.to_thread(wait_for_messages, 4)
            async with connect(server, token, path) as socket:
                frames = await until_done(socket)
            whole = [each["payload"] for each in frames if each["type"] == "room_message"]
            assert [each["content"] for each in whole] == [ANSWER]
            assert whole[0]["metadata"] == {"whole": True}

        async def within_a_while() -> None:
            async with asyncio.timeout(ANSWER_SECONDS):
                await test()

        asyncio.run(within_a_while())
