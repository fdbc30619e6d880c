"""Has httpx ask a model for a stream where prompture asks for the whole answer.

The request of a driver, or of a provider's own package, is changed on its way: its text goes to the receiver piece by
piece, and the driver gets the whole answer in the form that it asked for. If the provider refuses to stream, the
request is sent as the driver made it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answer_formats import (
    OTHER_ERROR,
    STATUS_OF_ERROR,
    Answer,
    AnthropicMessage,
    ChatCompletion,
    GeminiContent,
    Json,
    OllamaMessage,
)
from .event_stream import END, events
from .live_text import LiveText, receiver, whole_characters

if TYPE_CHECKING:
    import httpx

Send = Callable[..., Awaitable["httpx.Response"]]

REFUSALS = (400, 404, 405, 415, 422, 500, 501)
"""Statuses with which servers answer to an option that they do not know."""

_GEMINI = ":generateContent"
_GEMINI_STREAM = ":streamGenerateContent"

_refusing: set[tuple[str, str]] = set()
"""Addresses and models that have refused to stream since the start."""


@dataclass(frozen=True)
class _Streamed:
    """A request for a stream."""

    url: Any
    body: Json
    answer: Answer


def stream_requests(send: Send) -> Send:
    """Wrap the `send` of an httpx client."""

    @functools.wraps(send)
    async def send_for_stream(self: Any, request: httpx.Request, *, stream: bool = False, **options: Any) -> Any:
        text = receiver.get()
        streamed = None if stream or text is None or text.received else _streamed(request)
        if text is None or streamed is None:
            return await send(self, request, stream=stream, **options)
        response = await send(self, _request(request, streamed), stream=True, **options)
        try:
            if response.status_code >= 400:
                await response.aread()
            elif _is_whole(response):
                await response.aread()
                return response
            else:
                return await _read(response, streamed.answer, text)
        finally:
            await response.aclose()
        if not _refuses(response):
            return response
        whole = await send(self, request, **options)
        if whole.is_success:
            _refusing.add(_target(request, streamed.body))
        return whole

    return send_for_stream


def _streamed(request: httpx.Request) -> _Streamed | None:
    """Return the request for a stream; None if `request` does not ask a model in a known format."""
    url, path = request.url, request.url.path
    endings = ("/chat/completions", "/v1/messages", "/api/chat", _GEMINI)
    if request.method != "POST" or not path.endswith(endings):
        return None
    try:
        body = json.loads(request.content)
    except ValueError:
        return None
    if not isinstance(body, dict) or body.get("stream") or _target(request, body) in _refusing:
        return None
    if path.endswith(_GEMINI):
        changed = url.copy_with(path=path.replace(_GEMINI, _GEMINI_STREAM)).copy_merge_params({"alt": "sse"})
        return _Streamed(changed, body, GeminiContent())
    body["stream"] = True
    if path.endswith("/v1/messages"):
        return _Streamed(url, body, AnthropicMessage())
    if path.endswith("/api/chat"):
        return _Streamed(url, body, OllamaMessage())
    return _Streamed(url, {**body, "stream_options": {"include_usage": True}}, ChatCompletion())


def _target(request: httpx.Request, body: Json) -> tuple[str, str]:
    return (str(request.url.copy_with(query=None)), str(body.get("model")))


def _request(request: httpx.Request, streamed: _Streamed) -> httpx.Request:
    headers = request.headers.copy()
    headers.pop("content-length", None)
    return type(request)(
        request.method,
        streamed.url,
        headers=headers,
        content=json.dumps(streamed.body).encode(),
        extensions=request.extensions,
    )


def _is_whole(response: httpx.Response) -> bool:
    """Return whether the server has ignored the request for a stream."""
    kind = response.headers.get("content-type", "").lower()
    return "application/json" in kind or "html" in kind


def _refuses(response: httpx.Response) -> bool:
    return response.status_code in REFUSALS and (
        response.status_code in (405, 501) or "stream" in response.text.lower()
    )


async def _read(response: httpx.Response, answer: Answer, text: LiveText) -> httpx.Response:
    """Return the whole answer, after its text has gone to `text`.

    Raises:
        httpx.HTTPError, ValueError: the stream ended too early, or is not one. If text of it was received,
            reading the response fails instead, because providers' packages repeat requests that fail.
    """
    import httpx

    try:
        async for event in _until_end(response, answer):
            if isinstance(event, dict) and event.get("error"):
                return _failure(response, event, again=not text.received)
            text.add(_text_of(event, answer))
        if not answer.complete:
            raise httpx.RemoteProtocolError("The stream ended before the answer was complete", request=response.request)
    except (httpx.HTTPError, ValueError) as problem:
        if text.received:
            return _broken(response, problem)
        raise
    return _json(response, response.status_code, answer.whole())


def _text_of(event: Any, answer: Answer) -> str:
    """Add an event to the answer, and return its text.

    Raises:
        ValueError: it is not an event of the answer's format.
    """
    if event == END and not isinstance(answer, ChatCompletion):
        return ""  # sent by servers that speak several formats
    if not isinstance(event, dict) and event != END:
        raise ValueError("Unexpected response format")
    try:
        return answer.add(event)
    except (AttributeError, LookupError, TypeError) as problem:
        raise ValueError("Unexpected response format") from problem


async def _until_end(response: httpx.Response, answer: Answer) -> AsyncIterator[Any]:
    async for event in events(response.aiter_bytes()):
        yield event
        if answer.finished:
            return


def _failure(response: httpx.Response, event: Json, *, again: bool) -> httpx.Response:
    """Return the response with which the provider would have reported this error, had it not begun to stream."""
    error = event["error"] if isinstance(event["error"], dict) else {}
    numbers = (error.get("code"), error.get("status"), event.get("status_code"))
    status = next((number for number in numbers if isinstance(number, int) and 400 <= number < 600), None)
    kinds = (error.get("code"), error.get("type"))
    known = next((STATUS_OF_ERROR[kind] for kind in kinds if kind in STATUS_OF_ERROR), OTHER_ERROR)
    # The packages of OpenAI, Anthropic and Groq obey this header.
    return _json(response, status or known, event, {} if again else {"x-should-retry": "false"})


def _json(response: httpx.Response, status: int, body: Json, more: dict[str, str] | None = None) -> httpx.Response:
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in ("content-type", "content-length", "content-encoding", "transfer-encoding")
    }
    headers = {**headers, **(more or {}), "content-type": "application/json"}
    content = whole_characters(json.dumps(body, ensure_ascii=False)).encode()
    return type(response)(status, headers=headers, content=content, request=response.request)


def _broken(response: httpx.Response, problem: Exception) -> httpx.Response:
    """Return a response that raises `problem` when it is read."""
    kind = type(response)

    class Broken(kind):  # type: ignore[misc, valid-type]
        """Fails outside of the code that repeats requests."""

        @property
        def text(self) -> str:
            raise problem

        def raise_for_status(self) -> Any:
            raise problem

    return Broken(response.status_code, request=response.request)
