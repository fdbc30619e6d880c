"""Puts a streamed response together to what the provider sends without streaming, in each provider's format.

So prompture's drivers read the text, the tool calls and the usage figures as they always do.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from .event_stream import END

Json = dict[str, Any]

STATUS_OF_ERROR = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "insufficient_quota": 429,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The HTTP status that a provider sends with each type of error, if the error occurs before the response begins."""
OTHER_ERROR = 500


class Answer(Protocol):
    """An answer that is being put together."""

    complete: bool
    """True if the response may end here."""
    finished: bool
    """True if nothing more will come."""

    def add(self, event: Any) -> str:
        """Take the next event; return its text."""

    def whole(self) -> Json:
        """Return the body of the response without streaming."""


class ChatCompletion:
    """OpenAI's `/chat/completions`, and that of everyone who copied it."""

    def __init__(self) -> None:
        self.complete = False
        self.finished = False
        self._body: Json = {"object": "chat.completion"}
        self._choices: dict[int, Json] = {}

    def add(self, event: Any) -> str:
        """Take a `chat.completion.chunk`."""
        if event == END:
            self.complete = self.finished = True
            return ""
        self._body |= {name: event[name] for name in event if name not in ("choices", "object") and event[name]}
        if usage := (event.get("x_groq") or {}).get("usage"):
            self._body["usage"] = usage
        return "".join([self._add_choice(choice) for choice in event.get("choices") or []])

    def _add_choice(self, choice: Json) -> str:
        index = choice.get("index") or 0
        empty = {"index": index, "message": {"role": "assistant", "content": ""}, "finish_reason": None}
        known = self._choices.setdefault(index, empty)
        delta = choice.get("delta") or {}
        for name, value in delta.items():
            if name == "tool_calls":
                _add_tool_calls(known["message"].setdefault(name, []), value or [])
            elif isinstance(value, str) and name != "role":
                known["message"][name] = (known["message"].get(name) or "") + value
            elif value is not None:
                known["message"][name] = value
        if choice.get("usage"):  # Moonshot
            self._body["usage"] = choice["usage"]
        if choice.get("finish_reason"):
            known["finish_reason"] = choice["finish_reason"]
            self.complete = True
        text = delta.get("content")
        return text if index == 0 and isinstance(text, str) else ""

    def whole(self) -> Json:
        """Return a `chat.completion`."""
        for choice in self._choices.values():
            for call in choice["message"].get("tool_calls", []):
                call.pop("index", None)
        return {**self._body, "choices": [self._choices[index] for index in sorted(self._choices)]}


def _add_tool_calls(calls: list[Json], deltas: list[Json]) -> None:
    for delta in deltas:
        index = delta.get("index")
        same = [call for call in calls if (index is None and not delta.get("id")) or call.get("index") == index]
        if not same or (index is None and delta.get("id")) or _begins_another(delta, same[-1]):
            same = [{"index": index, "id": "", "type": "function", "function": {"name": "", "arguments": ""}}]
            calls += same
        call, function = same[-1], delta.get("function") or {}
        call["id"] = call["id"] or delta.get("id") or ""
        call["function"]["name"] = call["function"]["name"] or function.get("name") or ""
        arguments = function.get("arguments") or ""
        call["function"]["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)


def _begins_another(delta: Json, call: Json) -> bool:
    """Return whether a delta begins another call under the same index, as servers send that do not count the calls.

    Others send a new ID with each part of a call, but its name only once.
    """
    return bool((delta.get("function") or {}).get("name")) and delta.get("id") not in (None, "", call["id"])


class AnthropicMessage:
    """Anthropic's `/v1/messages`."""

    def __init__(self) -> None:
        self.complete = False
        self.finished = False
        self._body: Json = {}
        self._blocks: dict[int, Json] = {}
        self._inputs: dict[int, str] = {}

    def add(self, event: Any) -> str:
        """Take an event, whose type is in its data as well."""
        match event.get("type"):
            case "message_start":
                self._body = dict(event["message"])
            case "content_block_start":
                self._blocks[event["index"]] = dict(event["content_block"])
                return str(event["content_block"].get("text") or "")
            case "content_block_delta":
                return self._add_delta(event["index"], event["delta"])
            case "message_delta":
                self._body |= event["delta"]
                used = {name: count for name, count in (event.get("usage") or {}).items() if count is not None}
                self._body["usage"] = {**(self._body.get("usage") or {}), **used}
            case "message_stop":
                self.complete = self.finished = True
        return ""

    def _add_delta(self, index: int, delta: Json) -> str:
        block = self._blocks[index]
        match delta.get("type"):
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
                return str(delta["text"])
            case "input_json_delta":
                self._inputs[index] = self._inputs.get(index, "") + delta["partial_json"]
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        return ""

    def whole(self) -> Json:
        """Return a `message`."""
        for index, text in self._inputs.items():
            self._blocks[index]["input"] = _input(text)
        return {**self._body, "content": [self._blocks[index] for index in sorted(self._blocks)]}


def _input(text: str) -> Json:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        # Cut at the limit of tokens. Without streaming Anthropic sends an object then, too.
        return {}
    return value if isinstance(value, dict) else {}


class GeminiContent:
    """Google's `:streamGenerateContent`, whose events are responses with a part of the content each."""

    def __init__(self) -> None:
        self.complete = False
        self.finished = False
        self._body: Json = {}
        self._candidates: dict[int, Json] = {}

    def add(self, event: Any) -> str:
        """Take a `GenerateContentResponse`."""
        self._body |= {name: value for name, value in event.items() if name != "candidates"}
        if (event.get("promptFeedback") or {}).get("blockReason"):
            self.complete = True
        return "".join([self._add_candidate(candidate) for candidate in event.get("candidates") or []])

    def _add_candidate(self, candidate: Json) -> str:
        index = candidate.get("index") or 0
        known = self._candidates.setdefault(index, {"content": {"role": "model", "parts": []}})
        known |= {name: value for name, value in candidate.items() if name != "content"}
        self.complete = self.complete or bool(candidate.get("finishReason"))
        parts = (candidate.get("content") or {}).get("parts") or []
        for part in parts:
            if part == {"text": ""}:  # in the last event
                continue
            _add_part(known["content"]["parts"], part)
        return "".join(part.get("text") or "" for part in parts if not part.get("thought")) if index == 0 else ""

    def whole(self) -> Json:
        """Return a `GenerateContentResponse`."""
        candidates = [self._candidates[index] for index in sorted(self._candidates)]
        return {**self._body, **({"candidates": candidates} if candidates else {})}


def _add_part(parts: list[Json], part: Json) -> None:
    last = parts[-1] if parts else {}
    is_text = set(part) <= {"text", "thought"} and set(last) <= {"text", "thought"}
    if last and is_text and bool(last.get("thought")) == bool(part.get("thought")):
        last["text"] = last.get("text", "") + part.get("text", "")
    else:
        parts.append(dict(part))


class OllamaMessage:
    """Ollama's `/api/chat`."""

    def __init__(self) -> None:
        self.complete = False
        self.finished = False
        self._body: Json = {}
        self._message: Json = {"role": "assistant", "content": ""}

    def add(self, event: Any) -> str:
        """Take a line; the last one has the figures."""
        self._body |= {name: value for name, value in event.items() if name != "message"}
        message = event.get("message") or {}
        for name, value in message.items():
            if name in ("content", "thinking"):
                self._message[name] = self._message.get(name, "") + (value or "")
            elif name == "tool_calls":
                self._message[name] = self._message.get(name, []) + (value or [])
            else:
                self._message[name] = value
        self.complete = self.finished = bool(event.get("done"))
        return str(message.get("content") or "")

    def whole(self) -> Json:
        """Return the one object of a response without streaming."""
        return {**self._body, "message": self._message}
