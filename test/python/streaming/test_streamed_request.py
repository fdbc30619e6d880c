"""Streams of servers that follow no format exactly: what is an answer counts, and what is not says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from cachibot_desktop.streaming.live_text import LiveText, receiver
from cachibot_desktop.streaming.streamed_request import stream_requests
from providers import FORMATS, Anthropic, Format, Gemini, Ollama, OpenAI, Round

ANSWER = Round(("It is ", "here."))
SSE = tuple(provider for provider in FORMATS if not isinstance(provider, Ollama))

by_name = pytest.mark.parametrize("provider", SSE, ids=lambda each: each.name)


def ask(provider: Format, raw: bytes) -> tuple[httpx.Response, str]:
    """Return what a driver gets, and the text that the chat has shown, if the provider streams `raw`."""
    shown: list[str] = []

    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=raw)

    class Client(httpx.AsyncClient):
        send = stream_requests(httpx.AsyncClient.send)  # type: ignore[assignment]

    async def post() -> httpx.Response:
        receiver.set(LiveText(shown.append, simulated_tools=False))
        async with Client(transport=httpx.MockTransport(respond)) as client:
            return await client.post(f"http://fake.example{provider.path}", json={"model": "fake"})

    return asyncio.run(post()), "".join(shown)


@by_name
def test_an_end_in_the_format_of_openai_is_the_end(provider: Format) -> None:
    raw = b"".join(provider.pieces(ANSWER)) + provider.end(ANSWER) + b"data: [DONE]\n\n"
    response, shown = ask(provider, raw)
    whole: dict[str, Any] = provider.whole(ANSWER)
    assert {name: response.json()[name] for name in whole if name != "choices"} == {
        name: value for name, value in whole.items() if name != "choices"
    }
    assert "here." in shown


@by_name
@pytest.mark.parametrize(
    "event", [{"choices": ["x"]}, {"choices": 1}, {"candidates": "x"}, {"type": "content_block_delta"}]
)
def test_an_event_of_another_shape_is_not_an_answer(provider: Format, event: dict[str, Any]) -> None:
    raw = f"data: {json.dumps(event)}\n\n".encode()
    if isinstance(provider, Gemini):
        raw = raw.replace(b"choices", b"candidates")
    with pytest.raises((ValueError, httpx.RemoteProtocolError), match=r"Unexpected response format|ended before"):
        ask(provider, raw)


@pytest.mark.parametrize("provider", (OpenAI(), Anthropic(), Gemini()), ids=lambda each: each.name)
def test_a_character_that_comes_in_halves_is_one(provider: Format) -> None:
    answer = Round(("Hi \ud83d", "\ude00 and \ud83d", "!"))
    response, shown = ask(provider, b"".join(provider.pieces(answer)) + provider.end(answer))
    assert shown == "Hi \U0001f600 and \ufffd!"
    assert shown in response.text
