"""A real server sends errors of a chat as messages of the assistant."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cachibot_desktop.gateway.chat_card import empty_answer
from chat_client import connect, create_bots, create_room, messages
from ollama import ANSWER, Ollama
from server_process import ANSWER_SECONDS, PYTHON, ROOT, ServerProcess, free_port
from systems import UNDER_WINE

Start = Callable[..., ServerProcess]
KEY = "unusual+key/of.a=provider"
SECRET = "sk-proj-" + "s" * 30


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port where connections are neither accepted nor refused."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def untrusted(folder: Path) -> Iterator[int]:
    """A port of a TLS server with a self-signed certificate."""
    subprocess.run([PYTHON, ROOT / "test" / "fixtures" / "self_signed.py", folder], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                with contextlib.suppress(ssl.SSLError, ConnectionError):
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    context.wrap_socket(connection, server_side=True).close()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


async def chat(socket_: Any, text: str, model: str = "", *, again: bool = False) -> list[dict[str, Any]]:
    """Send a message as the page does; return the frames until the end of the answer."""
    payload = {"message": text, "botId": "default", "chatId": "c", "models": {"default": model}, "again": again}
    await socket_.send(json.dumps({"type": "chat", "payload": payload}))
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(ANSWER_SECONDS):
        while not frames or frames[-1]["type"] not in ("done", "error"):
            frames.append(json.loads(await socket_.recv()))
    return frames


def shown(frames: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return role and first line of each message that the page shows for `frames`."""
    said = [frame["payload"] for frame in frames if frame["type"] == "message"]
    return [(each["role"], each["content"].split("\n")[0]) for each in said]


def test_a_message_without_a_model_stays_and_gets_an_error(start: Start) -> None:
    server = start()
    server.wait_until_ready()
    token = server.sign_up()

    async def talk() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with connect(server, token) as connection:
            return await chat(connection, "hello?"), await chat(connection, "still there?")

    for frames, question in zip(asyncio.run(talk()), ("hello?", "still there?"), strict=True):
        assert shown(frames) == [("user", question), ("assistant", "**No model is set up yet.**")]
        assert frames[-1]["type"] == "error", "the error unlocks the page's text box"
    assert messages(server) == [("user", "hello?"), ("user", "still there?")]


RESPONSES = [
    ((401, '{"error":"no"}'), "**Ollama at `{at}` asks for an API key (401).**"),
    ((402, "{}"), "**Your Ollama account has no credit left (402).**"),
    ((403, "{}"), "**Ollama refused access (403).**"),
    ((404, "{}"), "**Ollama can't find the model `fake:latest` (404).**"),
    ((429, "{}"), "**Ollama is limiting requests right now (429).**"),
    ((500, f"out of memory {SECRET} {KEY}"), "**Ollama at `{at}` reported an error (500).**"),
    ((200, "<html>log in</html>"), "**Ollama sent a web page instead of an answer.**"),
    ((200, "{}"), f"**{empty_answer()['title']}**"),
    ((0, '{"message"'), "**Ollama at `{at}` closed the connection before the answer was complete.**"),
]


@pytest.mark.left_to_ci
def test_every_failure_of_a_provider_is_a_message_in_the_chat(start: Start, tmp_path: Path) -> None:
    with Ollama() as ollama, full_queue() as silent, untrusted(tmp_path) as secure:
        closed = f"http://127.0.0.1:{free_port()}"
        server = start(
            env={
                **ollama.env,
                "LMSTUDIO_ENDPOINT": f"{closed}/v1/chat/completions",
                "LOCAL_HTTP_ENDPOINT": f"http://127.0.0.1:{silent}/generate",
                "MOONSHOT_ENDPOINT": "http://name.invalid/v1",
                "MOONSHOT_API_KEY": KEY,
                "MODELSCOPE_ENDPOINT": f"https://127.0.0.1:{secure}/v1",
                "MODELSCOPE_API_KEY": KEY,
                "HTTP_PROXY": None,
            }
        )
        server.wait_until_ready()
        token = server.sign_up()
        # wine can't check a certificate, and its error is not that of a connection.
        at = "" if UNDER_WINE else f" at `https://127.0.0.1:{secure}`"
        elsewhere = [
            ("lmstudio/x", f"**LM Studio isn't running at `{closed}`.**"),
            ("moonshot/x", "**CachiBot can't find Moonshot AI at `http://name.invalid`.**"),
            ("modelscope/x", f"**The connection to ModelScope{at} isn't secure.**"),
            ("local_http/x", f"**The local model server at `http://127.0.0.1:{silent}` didn't respond in time.**"),
            ("groq/x", "**There is no API key for Groq.**"),
        ]

        async def talk() -> str:
            everything = ""
            async with connect(server, token) as connection:
                for failure, said in RESPONSES:
                    ollama.failure = failure
                    frames = await chat(connection, "why?")
                    assert shown(frames) == [("user", "why?"), ("assistant", said.format(at=ollama.address))]
                    everything += json.dumps(frames)
                for model, said in elsewhere:
                    frames = await chat(connection, "why?", model)
                    assert shown(frames) == [("user", "why?"), ("assistant", said)]
                    everything += json.dumps(frames)
                ollama.failure = None
                assert ("assistant", ANSWER) in shown(await chat(connection, "and now?"))
            return everything

        everything = asyncio.run(talk())
        assert "out of memory sk-[hidden]" in everything
        assert SECRET not in everything
        assert KEY not in everything
    stored = messages(server)
    assert ("assistant", ANSWER) in stored
    assert [role for role, _ in stored].count("assistant") == 1, "the model does not get our messages as its answers"


@pytest.mark.left_to_ci
def test_a_message_that_is_sent_again_counts_once(start: Start) -> None:
    with Ollama() as ollama:
        server = start(env=ollama.env)
        server.wait_until_ready()
        token = server.sign_up()

        async def talk() -> list[list[dict[str, Any]]]:
            async with connect(server, token) as connection:
                ollama.failure = (503, "{}")
                failed = [await chat(connection, "why?"), await chat(connection, "why?", again=True)]
                ollama.failure = None
                return [*failed, await chat(connection, "why?", again=True), await chat(connection, "why?")]

        first, second, third, fourth = map(shown, asyncio.run(talk()))
        assert [role for role, _ in first] == ["user", "assistant"]
        assert [role for role, _ in second] == ["assistant"], "the page shows the message already"
        assert third == [("assistant", ANSWER)]
        assert fourth == [("user", "why?"), ("assistant", ANSWER)]
    assert messages(server) == [("user", "why?"), ("assistant", ANSWER)] * 2


@pytest.mark.left_to_ci
def test_cancelling_an_answer_shows_that_it_stopped(start: Start) -> None:
    with Ollama() as ollama:
        server = start(env=ollama.env)
        server.wait_until_ready()
        token = server.sign_up()
        ollama.may_answer.clear()

        async def talk() -> list[dict[str, Any]]:
            async with connect(server, token) as connection:
                chatting = asyncio.create_task(chat(connection, "take your time"))
                await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS)
                await connection.send(json.dumps({"type": "cancel", "payload": {}}))
                frames = await chatting
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        frames.append(json.loads(await connection.recv()))
                return frames

        assert shown(asyncio.run(talk())) == [("user", "take your time"), ("assistant", "**Stopped**")]


@pytest.mark.left_to_ci
def test_an_unknown_command_stays_in_the_chat(server: ServerProcess) -> None:
    server.wait_until_ready()
    token = server.sign_up()

    async def talk() -> list[dict[str, Any]]:
        async with connect(server, token) as connection:
            return await chat(connection, "/no:command")

    assert shown(asyncio.run(talk())) == [("user", "/no:command"), ("assistant", "Unknown command: /no:command")]


@pytest.mark.left_to_ci
def test_in_a_room_the_failed_bot_shows_the_error(start: Start) -> None:
    with Ollama() as ollama:
        closed = f"http://127.0.0.1:{free_port()}"
        server = start(env={**ollama.env, "LMSTUDIO_ENDPOINT": f"{closed}/v1/chat/completions"})
        server.wait_until_ready()
        token = server.sign_up()
        login = {"Authorization": f"Bearer {token}"}
        create_bots(server, token, {"well": "ollama/fake:latest", "ill": "lmstudio/x"})
        room_id = create_room(server, token, ["well", "ill"])

        async def talk() -> list[dict[str, Any]]:
            frames: list[dict[str, Any]] = []
            async with connect(server, token, f"/ws/room?room_id={room_id}&") as connection:
                await connection.send(
                    json.dumps({"type": "room_chat", "payload": {"message": "@ill hello", "messageId": "m"}})
                )
                async with asyncio.timeout(ANSWER_SECONDS):
                    while not frames or frames[-1]["type"] != "room_error":
                        frames.append(json.loads(await connection.recv()))
            return frames

        *_, begun, said, error = asyncio.run(talk())
        assert begun["type"] == said["type"] == "room_message"
        assert begun["payload"]["content"] == ""
        card = said["payload"]["metadata"]["card"]
        assert card["title"] == error["payload"]["message"] == f"LM Studio isn't running at `{closed}`."
        assert (card["question"], card["asked"], card["bot"]) == ("@ill hello", "m", "ill"), "for Try Again"
        same = {name: said["payload"][name] for name in begun["payload"] if name != "content"}
        assert {**same, "content": ""} == begun["payload"], "in the same bubble"

        async def try_again() -> list[dict[str, Any]]:
            frames: list[dict[str, Any]] = []
            payload = {"message": "@ill hello", "messageId": "m", "again": "well"}
            async with connect(server, token, f"/ws/room?room_id={room_id}&") as connection:
                await connection.send(json.dumps({"type": "room_chat", "payload": payload}))
                async with asyncio.timeout(ANSWER_SECONDS):
                    while not frames or frames[-1]["type"] != "room_bot_done":
                        frames.append(json.loads(await connection.recv()))
            return frames

        assert asyncio.run(try_again())[-1]["payload"]["botId"] == "well", "the bot that is to try, and no other"
        stored = server.request("GET", f"/api/rooms/{room_id}/messages", headers=login).json()
        assert [each["content"] for each in stored if each["senderType"] == "user"] == ["@ill hello"]
