"""Errors in a chat: their words, and that a real server sends them as messages of the assistant."""

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

import httpx
import pytest

from cachibot_desktop.chat_error_words import EMPTY_ANSWER, Failure, words
from cachibot_desktop.chat_errors import classify, explain
from entry import PYTHON, ROOT, Entry, free_port
from ollama import ANSWER, Ollama
from test_chat import connect, messages

Start = Callable[..., Entry]
KEY = "unusual+key/of.a=provider"
SECRET = "sk-proj-" + "s" * 30


class BudgetExceededError(RuntimeError):
    """Named as prompture's own."""


class JSONDecodeError(ValueError):
    """Named as those of the standard library, requests and others."""


class APIConnectionError(Exception):
    """As OpenAI's: says no more than that, and keeps the request."""

    request = httpx.Request("POST", "https://api.openai.com/v1/chat/completions")


class APIStatusError(Exception):
    """As OpenAI's, Anthropic's and Groq's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"Error code: {status} - {text}")
        self.status_code = status


class ClientError(Exception):
    """As Google's."""

    code = 400


def caused(error: BaseException, *causes: BaseException) -> BaseException:
    """Link exceptions as `raise … from …` does."""
    for outer, inner in zip((error, *causes), causes, strict=False):
        outer.__cause__ = inner
    return error


def response(status: int, body: str = "") -> BaseException:
    """As httpx's, raised again by prompture."""
    request = httpx.Request("POST", "http://user:pass@192.168.1.7:11434/api/chat?key=hidden")
    error = httpx.HTTPStatusError(
        f"Client error '{status} ' for url 'x'\nFor more information check: https://example.org",
        request=request,
        response=httpx.Response(status, text=body, request=request),
    )
    return caused(RuntimeError(f"Ollama chat request failed: {error}"), error)


def not_connected(*reasons: OSError) -> BaseException:
    """As httpx, httpcore and anyio nest it."""
    request = httpx.Request("POST", "http://127.0.0.1:11434/api/chat")
    reason = reasons[0] if len(reasons) == 1 else ExceptionGroup("multiple connection attempts failed", reasons)
    said = "All connection attempts failed"
    return caused(RuntimeError(f"Ollama: {said}"), httpx.ConnectError(said, request=request), OSError(said), reason)


TLS = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
TABLE: list[tuple[str, str, BaseException, str, str]] = [
    ("no model", "", ValueError("Either model or driver must be provided"), "no-model", "No model is set up yet."),
    ("no key", "moonshot/k2", ValueError("Moonshot API key not found. Set MOONSHOT_API_KEY env var."), "no-key",
     "There is no API key for Moonshot AI."),
    ("401", "openai/gpt", APIStatusError(401, "Incorrect API key provided"), "bad-key",
     "OpenAI rejected the API key (401)."),
    ("Google's 400", "google/gemini", ClientError("400 INVALID_ARGUMENT. API key not valid."), "bad-key",
     "Google rejected the API key (400)."),
    ("402", "openrouter/x", response(402), "no-credit", "Your OpenRouter account has no credit left (402)."),
    ("429 without quota", "openai/gpt", APIStatusError(429, "{'code': 'insufficient_quota'}"), "no-credit",
     "Your OpenAI account has no credit left (429)."),
    ("403", "groq/llama", response(403), "forbidden", "Groq refused access (403)."),
    ("404", "ollama/llama3", response(404, '{"error":"model \'llama3\' not found"}'), "not-found",
     "Ollama can't find the model `llama3` (404)."),
    ("429", "claude/opus", APIStatusError(429, "slow down"), "rate-limit",
     "Anthropic is limiting requests right now (429)."),
    ("500", "ollama/llama3", response(500), "provider-fault",
     "Ollama at `http://192.168.1.7:11434` reported a problem of its own (500)."),
    ("529", "claude/opus", APIStatusError(529, "overloaded"), "provider-fault", "a problem of its own (529)."),
    ("400", "groq/llama", response(400, '{"error":{"message":"too long"}}'), "rejected",
     "Groq rejected the request (400)."),
    ("refused", "ollama/llama3", not_connected(ConnectionRefusedError(111, "refused")), "refused",
     "Ollama isn't running at `http://127.0.0.1:11434`."),
    ("refused twice", "lmstudio/x", not_connected(ConnectionRefusedError(), ConnectionRefusedError()), "refused",
     "LM Studio isn't running at `http://127.0.0.1:11434`."),
    ("refused, cloud", "openai/gpt", caused(APIConnectionError("Connection error."), ConnectionRefusedError()),
     "refused", "CachiBot can't connect to OpenAI at `https://api.openai.com`."),
    ("no network", "ollama/llama3", not_connected(OSError(101, "Network is unreachable")), "no-network",
     "CachiBot can't reach Ollama at `http://127.0.0.1:11434`."),
    ("DNS", "openai/gpt", caused(APIConnectionError("Connection error."), socket.gaierror(-2, "Name not known")), "dns",
     "CachiBot can't find OpenAI at `https://api.openai.com`."),
    ("TLS", "openai/gpt", caused(APIConnectionError("Connection error."), TLS), "tls",
     "The connection to OpenAI at `https://api.openai.com` isn't secure."),
    ("time-out", "claude/opus", caused(RuntimeError("request failed: "), httpx.ReadTimeout("")), "timeout",
     "Anthropic didn't respond in time."),
    ("504", "groq/llama", response(504), "timeout", "Groq at `http://192.168.1.7:11434` didn't respond in time (504)."),
    ("closed", "ollama/llama3", caused(RuntimeError("x"), httpx.RemoteProtocolError("peer closed")), "broken-off",
     "Ollama closed the connection before the answer was complete."),
    ("HTML", "ollama/llama3", caused(RuntimeError("x"), JSONDecodeError("Expecting value")), "unreadable",
     "Ollama sent something that isn't an answer."),
    ("budget", "openai/gpt", BudgetExceededError("cost"), "budget", "This bot's budget is used up."),
    ("else", "", RuntimeError("the frobnicator is jammed"), "other", "CachiBot couldn't answer."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "problem", "kind", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_every_kind_has_its_words(model: str, problem: BaseException, kind: str, said: str) -> None:
    failure = classify(problem, model=model)
    assert failure.kind == kind
    text = words(failure)
    assert said in text.split("\n")[0]
    assert len(text.split("\n\n")[1]) > 20, "what to do"
    assert "pass" not in text
    assert "hidden" not in text


def test_the_reason_is_shown_without_secrets_and_without_markup() -> None:
    text = explain(
        response(500, json.dumps({"error": {"message": f"<style>*{{}}</style> ``` {SECRET} and {KEY}\x1b"}})),
        secrets=[KEY],
    )
    assert text.endswith("\n````text\n<style>*{}</style> ``` *** and ***\n````")
    assert SECRET not in explain(RuntimeError(f"bad {SECRET}"))
    assert "boom" not in explain(response(500, "<html>boom</html>")), "a web page is no reason"


def test_a_text_without_an_exception_is_shown_as_it_is() -> None:
    assert "```text\nUnknown command: /a:b\n```" in explain(None, text="Unknown command: /a:b")
    assert "No model is set up" in explain(
        None, text="An internal error occurred: Either model or driver must be provided"
    )
    assert len(explain(None, text="x" * 10_000)) < 1_000


def test_words_without_a_model_name_no_provider_that_is_not_known() -> None:
    assert words(Failure(kind="bad-key")).startswith("**The model's provider rejected the API key.**")


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port on which the system accepts no connection and refuses none."""
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
    """A port with a certificate that nobody has signed."""
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


async def say(socket_: Any, text: str, model: str = "") -> list[dict[str, Any]]:
    """Send a message as the page does; the frames until the answer is over."""
    payload = {"message": text, "botId": "default", "chatId": "c", "models": {"default": model}}
    await socket_.send(json.dumps({"type": "chat", "payload": payload}))
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not frames or frames[-1]["type"] not in ("done", "error"):
            frames.append(json.loads(await socket_.recv()))
    return frames


def shown(frames: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the page shows of them: role and first line."""
    said = [frame["payload"] for frame in frames if frame["type"] == "message"]
    return [(each["role"], each["content"].split("\n")[0]) for each in said]


def test_a_message_without_a_model_stays_and_is_answered(start: Start) -> None:
    entry = start()
    entry.wait_until_ready()
    token = entry.sign_up()

    async def talk() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with connect(entry, token) as connection:
            return await say(connection, "hello?"), await say(connection, "still there?")

    for frames, question in zip(asyncio.run(talk()), ("hello?", "still there?"), strict=True):
        assert shown(frames) == [("user", question), ("assistant", "**No model is set up yet.**")]
        assert frames[-1]["type"] == "error", "which unlocks the page's text box"
    assert messages(entry) == [("user", "hello?"), ("user", "still there?")]


RESPONSES = [
    ((401, '{"error":"no"}'), "**Ollama at `{at}` rejected the API key (401).**"),
    ((402, "{}"), "**Your Ollama account has no credit left (402).**"),
    ((403, "{}"), "**Ollama refused access (403).**"),
    ((404, "{}"), "**Ollama can't find the model `fake:latest` (404).**"),
    ((429, "{}"), "**Ollama is limiting requests right now (429).**"),
    ((500, f"out of memory {SECRET} {KEY}"), "**Ollama at `{at}` reported a problem of its own (500).**"),
    ((200, "<html>log in</html>"), "**Ollama sent something that isn't an answer.**"),
    ((200, "{}"), EMPTY_ANSWER.split("\n", maxsplit=1)[0]),
    ((0, '{"message"'), "**Ollama at `{at}` closed the connection before the answer was complete.**"),
]


def test_every_failure_of_a_provider_is_a_message_in_the_chat(start: Start, tmp_path: Path) -> None:
    with Ollama() as ollama, full_queue() as silent, untrusted(tmp_path) as secure:
        closed = f"http://127.0.0.1:{free_port()}"
        entry = start(
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
        entry.wait_until_ready()
        token = entry.sign_up()
        elsewhere = [
            ("lmstudio/x", f"**LM Studio isn't running at `{closed}`.**"),
            ("moonshot/x", "**CachiBot can't find Moonshot AI at `http://name.invalid`.**"),
            ("modelscope/x", f"**The connection to ModelScope at `https://127.0.0.1:{secure}` isn't secure.**"),
            ("local_http/x", f"**The local model server at `http://127.0.0.1:{silent}` didn't respond in time.**"),
            ("groq/x", "**There is no API key for Groq.**"),
        ]

        async def talk() -> str:
            everything = ""
            async with connect(entry, token) as connection:
                for failure, said in RESPONSES:
                    ollama.failure = failure
                    frames = await say(connection, "why?")
                    assert shown(frames) == [("user", "why?"), ("assistant", said.format(at=ollama.address))]
                    everything += json.dumps(frames)
                for model, said in elsewhere:
                    frames = await say(connection, "why?", model)
                    assert shown(frames) == [("user", "why?"), ("assistant", said)]
                    everything += json.dumps(frames)
                ollama.failure = None
                assert ("assistant", ANSWER) in shown(await say(connection, "and now?"))
            return everything

        everything = asyncio.run(talk())
        assert "out of memory ***" in everything
        assert SECRET not in everything
        assert KEY not in everything
    stored = messages(entry)
    assert ("assistant", ANSWER) in stored
    assert [role for role, _ in stored].count("assistant") == 1, "our words are not given to the model as its own"


def test_stop_is_not_an_error(start: Start) -> None:
    with Ollama() as ollama:
        entry = start(env=ollama.env)
        entry.wait_until_ready()
        token = entry.sign_up()
        ollama.may_answer.clear()

        async def talk() -> list[dict[str, Any]]:
            async with connect(entry, token) as connection:
                asking = asyncio.create_task(say(connection, "take your time"))
                await asyncio.to_thread(ollama.asked.wait, 20)
                await connection.send(json.dumps({"type": "cancel", "payload": {}}))
                frames = await asking
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        frames.append(json.loads(await connection.recv()))
                return frames

        assert shown(asyncio.run(talk())) == [("user", "take your time")]
