"""An answer of a room that ends with the server is marked as interrupted, in each mode, and can be tried again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from cachibot_desktop.data.unfinished_answers import FILE
from cachibot_desktop.gateway.room_answer import CHOOSING
from chat_client import connect, create_bots, create_room, room_of_two
from ollama import ANSWER, Ollama
from server_process import ANSWER_SECONDS, ServerProcess, wait_for

Frames = list[dict[str, Any]]

MODES = {
    "parallel": "@one hello",
    "chain": "@all hello",
    "sequential": "@all hello",
    "waterfall": "@all hello",
    "debate": "@all hello",
    "consensus": "@all hello",
    "interview": "hello",
    "relay": "hello",
    "router": "hello",
}
"""The message in each mode."""


async def ask(server: ServerProcess, token: str, room: str, ollama: Ollama, message: str) -> str:
    """Send a message, and return the bot that answers, once its model has the request."""
    ollama.may_answer.clear()
    ollama.requested.clear()
    async with connect(server, token, f"/ws/room?room_id={room}&") as socket, asyncio.timeout(ANSWER_SECONDS):
        await socket.send(json.dumps({"type": "room_chat", "payload": {"message": message, "messageId": f"{room}-1"}}))
        frame: dict[str, Any] = {"type": ""}
        while frame["type"] != "room_bot_thinking":
            frame = json.loads(await socket.recv())
        assert await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS)
    return str(frame["payload"]["botId"])


async def send_only(server: ServerProcess, token: str, room: str, message: str) -> None:
    """Send a message, and leave the room."""
    async with connect(server, token, f"/ws/room?room_id={room}&") as socket:
        await socket.send(json.dumps({"type": "room_chat", "payload": {"message": message, "messageId": f"{room}-1"}}))
        await asyncio.sleep(0.5)


async def missed(server: ServerProcess, token: str, room: str) -> Frames:
    """Return what a page gets that opens the room."""
    async with connect(server, token, f"/ws/room?room_id={room}&") as socket:
        frames: Frames = []
        try:
            async with asyncio.timeout(1):
                while True:
                    frames.append(json.loads(await socket.recv()))
        except TimeoutError:
            return frames


async def try_again(server: ServerProcess, token: str, room: str, card: dict[str, Any]) -> list[str]:
    """Click on the button of a card, and return what the bots say."""
    payload = {"message": card["question"], "messageId": card["asked"], "again": card["bot"]}
    async with connect(server, token, f"/ws/room?room_id={room}&") as socket, asyncio.timeout(ANSWER_SECONDS):
        await socket.send(json.dumps({"type": "room_chat", "payload": payload}))
        said: list[str] = []
        while ANSWER not in said:
            said.append(json.loads(await socket.recv())["payload"].get("content"))
    return said


def cards(frames: Frames) -> Frames:
    return [card for each in frames if (card := each["payload"].get("metadata", {}).get("card"))]


def unfinished(server: ServerProcess) -> object:
    """Return the unfinished answers in the server's file; None if Windows refuses to open it while it is replaced."""
    try:
        return json.loads((server.data / FILE).read_text(encoding="utf-8"))
    except PermissionError:
        return None


@pytest.mark.left_to_ci
def test_the_next_server_says_which_bots_were_interrupted(start: Callable[..., ServerProcess]) -> None:
    with Ollama() as ollama:
        env = {**ollama.env, "CACHIBOT_UTILITY_MODEL": "ollama/fake:latest"}
        server = start(env=env)
        server.wait_until_ready()
        token = server.sign_up()
        create_bots(server, token, dict.fromkeys(("one", "two"), "ollama/fake:latest"))
        rooms = {
            mode: create_room(server, token, ["one", "two"], mode, auto_relevance=mode == "relay", response_mode=mode)
            for mode in MODES
        }
        answering = {
            mode: asyncio.run(ask(server, token, rooms[mode], ollama, message)) for mode, message in MODES.items()
        }
        assert answering["router"] == CHOOSING
        server.kill()
        ollama.may_answer.set()

        server = start(env=env)
        server.wait_until_ready()
        for mode, message in MODES.items():
            frames = asyncio.run(missed(server, token, rooms[mode]))
            found = cards(frames)
            assert [card["kind"] for card in found] == ["interrupted"], mode
            expected = {"question": message, "asked": f"{rooms[mode]}-1", "bot": answering[mode]}
            assert expected.items() <= found[0].items()
            assert frames[-1]["type"] == "room_error", "the bot is idle"
            assert cards(asyncio.run(missed(server, token, rooms[mode]))) == [], "said once"
            assert ANSWER in asyncio.run(try_again(server, token, rooms[mode], found[0])), mode

        room = create_room(server, token, ["one", "two"], auto_relevance=False)
        asyncio.run(ask(server, token, room, ollama, "@one hello"))
        assert server.stop() == 0
        server = start(env=env)
        server.wait_until_ready()
        assert [card["kind"] for card in cards(asyncio.run(missed(server, token, room)))] == ["interrupted"]
        server.kill()
        assert json.loads((server.data / FILE).read_text()) == []


@pytest.mark.left_to_ci
def test_a_message_that_no_bot_has_begun_to_answer(start: Callable[..., ServerProcess]) -> None:
    with Ollama() as ollama:
        server = start(env=ollama.env)
        token, room = room_of_two(server)
        file = server.data / "cachibot.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # so the server waits before it stores the message
            asyncio.run(send_only(server, token, room, "@one hello"))
            assert wait_for(lambda: "hello" in str(unfinished(server)))
            server.kill()
        server = start(env=ollama.env)
        server.wait_until_ready()
        (card,) = cards(asyncio.run(missed(server, token, room)))
        assert (card["kind"], card["question"], card["asked"]) == ("interrupted", "@one hello", f"{room}-1")
        assert cards(asyncio.run(missed(server, token, room))) == [], "said once"
        assert ANSWER in asyncio.run(try_again(server, token, room, card))
        with closing(sqlite3.connect(file)) as stored:
            sent = stored.execute("SELECT id, content FROM room_messages WHERE sender_type = 'user'").fetchall()
        assert sent == [(f"{room}-1", "@one hello")]
        assert wait_for(lambda: unfinished(server) == [])
        # Nobody is asked, so nothing is interrupted.
        quiet = create_room(server, token, ["one", "two"], auto_relevance=False)
        asyncio.run(send_only(server, token, quiet, "hm"))
        with closing(sqlite3.connect(file)) as stored:
            assert stored.execute("SELECT count(*) FROM room_messages WHERE content = 'hm'").fetchone() == (1,)
        assert wait_for(lambda: unfinished(server) == [])
        server.kill()
        assert json.loads((server.data / FILE).read_text()) == []
