"""The patch `room_stop`: the flaw in stock CachiBot, and the fix in a room of the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from cachibot_desktop.gateway.room_answer import CHOOSING
from cachibot_process import CachibotProcess
from chat_client import connect, create_bots, create_room
from ollama import ANSWER, Ollama
from server_process import ANSWER_SECONDS, ServerProcess

Frames = list[dict[str, Any]]

CANCELLED = """
    from cachibot.api import room_websocket
    from cachibot.config import Config
    from cachibot.models.bot import Bot
    from cachibot.services import agent_factory
    from cachibot.services.room_orchestrator import create_room_orchestrator
    resolve = agent_factory.resolve_bot_env
    async def never(*args, **options):
        await asyncio.sleep(60)
    async def cancelled():
        orchestrator = create_room_orchestrator(room_id="r")
        now = "2026-01-01T00:00:00Z"
        orchestrator.register_bot(Bot(id="b", name="b", model="x", systemPrompt="", createdAt=now, updatedAt=now))
        agent_factory.resolve_bot_env = never
        try:
            run = room_websocket.run_room_bot("r", "b", "hi", config=Config(), system_prompt_override="")
            {begin}
            task = asyncio.create_task(run)
            await asyncio.sleep(0.1)
            {stop}
            await asyncio.wait([task])
        finally:
            agent_factory.resolve_bot_env = resolve
        return ["cancelled" if task.cancelled() else task.result(), orchestrator.cooldowns["b"].is_responding]
    answer = asyncio.run(cancelled())
"""


def test_flaw(stock: CachibotProcess) -> None:
    """A bot that is cancelled returns, as if it had answered: the next one begins."""
    assert stock.run(CANCELLED.format(begin="", stop="task.cancel()")) == ["", False]


def test_patch(patched: CachibotProcess) -> None:
    begin = """
            from cachibot_desktop.gateway.room_answer import RoomAnswer, answering
            answering.set(RoomAnswer("r"))
    """
    assert patched.run(CANCELLED.format(begin=begin.strip(), stop="answering.get().stop()")) == ["cancelled", False]


@pytest.mark.left_to_ci
def test_stop_in_each_mode_of_a_room(start: Callable[..., ServerProcess]) -> None:
    with Ollama() as ollama:
        server = start(env={**ollama.env, "CACHIBOT_UTILITY_MODEL": "ollama/fake:latest"})
        server.wait_until_ready()
        token = server.sign_up()
        create_bots(server, token, dict.fromkeys(("one", "two"), "ollama/fake:latest"))

        async def ask(mode: str, message: str, stopped: str) -> None:
            settings = {"title": mode, "response_mode": mode}
            # Bots that answer each other continue without the socket, and would ask the model during the next mode.
            room_id = await asyncio.to_thread(
                create_room, server, token, ["one", "two"], auto_relevance=False, **settings
            )
            path = f"/ws/room?room_id={room_id}&"
            async with connect(server, token, path) as socket, asyncio.timeout(ANSWER_SECONDS):
                ollama.may_answer.clear()
                ollama.requested.clear()
                await socket.send(json.dumps({"type": "room_chat", "payload": {"message": message, "messageId": mode}}))
                assert await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS), mode
                await socket.send(json.dumps({"type": "room_cancel", "payload": {}}))
                frames = await until_done(socket, stopped)
                ollama.may_answer.set()
                await socket.send(json.dumps({"type": "room_chat", "payload": {"message": "@two and now?"}}))
                after = await until_done(socket, "two")
            cards = [each["payload"]["metadata"]["card"] for each in frames if "metadata" in each["payload"]]
            assert [card["title"] for card in cards] == ["Stopped"], mode
            assert cards[0]["question"] == message
            assert {each["payload"].get("botId") for each in frames} <= {None, stopped}, "no other bot begins"
            assert not any("metadata" in each["payload"] for each in after), mode
            assert after[-2]["type"] == "room_usage"
            assert ANSWER in [each["payload"].get("content") for each in after]
            assert not any("error" in each["type"] for each in [*frames, *after]), mode

        async def until_done(socket: Any, bot: str) -> Frames:
            frames: Frames = []
            while not frames or (frames[-1]["type"], frames[-1]["payload"].get("botId")) != ("room_bot_done", bot):
                frames.append(json.loads(await socket.recv()))
            return frames

        async def ask_all() -> None:
            await ask("parallel", "@one hello", "one")
            for mode in ("chain", "sequential", "waterfall", "debate"):
                await ask(mode, "@all hello", "one")
            await ask("consensus", "@all hello", "two")
            await ask("router", "hello", CHOOSING)

        asyncio.run(ask_all())
