"""A streamed answer, put together, is the answer that the provider sends without streaming."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cachibot_desktop.streaming.answer_formats import (
    Answer,
    AnthropicMessage,
    ChatCompletion,
    GeminiContent,
    OllamaMessage,
)
from cachibot_desktop.streaming.event_stream import events
from providers import Anthropic, Format, Gemini, Ollama, OpenAI, Round

Json = dict[str, Any]
ANSWER = Round(("Let me ", "look."), ("file_list", {"path": "."}))


async def put_together(raw: bytes, answer: Answer) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield raw

    return "".join([answer.add(event) async for event in events(chunks())])


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        (Ollama(), OllamaMessage()),
        (OpenAI(), ChatCompletion()),
        (Anthropic(), AnthropicMessage()),
        (Gemini(), GeminiContent()),
    ],
)
def test_the_whole_is_what_the_provider_sends_at_once(provider: Format, answer: Answer) -> None:
    start = b"".join(provider.pieces(ANSWER))
    assert asyncio.run(put_together(start, answer)) == "Let me look."
    assert not answer.complete
    assert asyncio.run(put_together(provider.end(ANSWER), answer)) == ""
    assert answer.complete
    whole, expected = answer.whole(), provider.whole(ANSWER)
    for choice in expected.get("choices", []):
        del choice["message"]["refusal"]  # null without streaming
    assert {name: whole[name] for name in expected} == expected


FIRST = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x"'}}
CALLS: dict[str, list[Json]] = {
    "OpenAI": [FIRST, {"index": 0, "function": {"arguments": ":1}"}}],
    "names again": [FIRST, {"index": 0, "id": "a", "function": {"name": "f", "arguments": ":1}"}}],
    "empty names": [FIRST, {"index": 0, "id": "", "function": {"name": None, "arguments": ":1}"}}],
    "no index": [{"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}],
    "no index, in parts": [
        {"id": "a", "function": {"name": "f", "arguments": '{"x"'}},
        {"function": {"arguments": ":1}"}},
    ],
    "another ID with each part": [FIRST, {"index": 0, "id": "b", "function": {"arguments": ":1}"}}],
    "an object": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}],
}


@pytest.mark.parametrize("deltas", CALLS.values(), ids=CALLS)
def test_a_call_of_a_tool_as_compatible_servers_send_it(deltas: list[Json]) -> None:
    answer = ChatCompletion()
    for delta in deltas:
        answer.add({"choices": [{"delta": {"tool_calls": [delta]}}]})
    (call,) = answer.whole()["choices"][0]["message"]["tool_calls"]
    assert json.loads(call["function"].pop("arguments")) == {"x": 1}
    assert call == {"id": "a", "type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize("more", [{}, {"index": 0}], ids=["no index", "the same index"])
def test_two_calls_stay_two(more: Json) -> None:
    answer = ChatCompletion()
    for name in ("f", "g"):
        call = {**more, "id": name, "function": {"name": name, "arguments": "{}"}}
        answer.add({"choices": [{"delta": {"tool_calls": [call]}}]})
    calls = answer.whole()["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]["name"]) for call in calls] == [("f", "f"), ("g", "g")]


def test_a_call_that_is_cut_at_the_limit_of_tokens_has_no_input() -> None:
    answer = AnthropicMessage()
    answer.add(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "1", "name": "f"}}
    )
    delta = {"type": "input_json_delta", "partial_json": '{"pa'}
    answer.add({"type": "content_block_delta", "index": 0, "delta": delta})
    assert answer.whole()["content"] == [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]


def test_thoughts_of_google_are_not_the_answer() -> None:
    answer = GeminiContent()
    parts = [{"text": "hm", "thought": True}, {"text": "yes"}]
    assert answer.add({"candidates": [{"content": {"parts": parts}}]}) == "yes"
    assert answer.whole()["candidates"][0]["content"]["parts"] == parts
    assert not answer.complete
    answer.add({"promptFeedback": {"blockReason": "SAFETY"}})
    assert answer.complete
