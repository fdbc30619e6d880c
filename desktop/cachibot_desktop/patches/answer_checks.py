"""The response of a model's server is checked as it is read.

prompture reads a response to its end, however long it is: 100 MB and more go to memory, and into the page. It drops the
reason for which a provider refuses to answer (`finish_reason`), so that the answer is empty without a word. And a web
page, such as the one on which a network wants its users to sign in, is an empty answer too, where an answer streams.
An answer that ends at the limit of tokens stops in the middle of a sentence, and nothing says why.

So while an agent runs, the bytes of each response of a model's server pass a check: their number, their first
characters, and the reason for which the answer ends. A cut-off answer is marked in the frame with its figures.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

LONGEST_ANSWER_BYTES = 16 * 1024 * 1024
"""Limit of one response, unpacked. The longest answers of models have some hundred kilobytes."""
LONGEST_REASON_BYTES = 2048

_REFUSAL = re.compile(
    rb'"(?:finish_?reason|stop_reason|block_?reason)"\s*:\s*"'
    rb'(content_filter|refusal|safety|prohibited_content|blocklist|spii)"|"refusal"\s*:\s*("(?:[^"\\]|\\.)+")',
    re.IGNORECASE,
)
_CUT_OFF = re.compile(rb'"(?:finish_?reason|stop_reason|done_reason)"\s*:\s*"(?:length|max_tokens)"', re.IGNORECASE)


class AnswerTooLargeError(Exception):
    """A response was longer than LONGEST_ANSWER_BYTES."""


class AnswerRefusedError(Exception):
    """The provider has answered that it does not answer."""


class AnswerIsWebPageError(Exception):
    """The response was a web page."""


class Response:
    """The facts about the response that a model's server sends."""

    def __init__(self) -> None:
        self.size = 0
        self.web_page = False
        self.refusal = ""
        self.cut_off = False
        """Whether the answer ended at the limit of tokens."""
        self._end = b""

    def add(self, chunk: bytes) -> None:
        """Look at the next bytes.

        Raises:
            AnswerTooLargeError: They are too many.
        """
        if self.size == 0:
            self.web_page = chunk.lstrip()[:1] == b"<"
            self._end = b""
        self.size += len(chunk)
        if self.size > LONGEST_ANSWER_BYTES:
            raise AnswerTooLargeError(f"More than {LONGEST_ANSWER_BYTES // 1024 // 1024} MB")
        text = self._end + chunk
        found = _REFUSAL.search(text)
        if found is not None:
            self.refusal = str(json.loads(found[2])) if found[2] else found[1].decode()
        self.cut_off = self.cut_off or _CUT_OFF.search(text) is not None
        self._end = text[-LONGEST_REASON_BYTES:]


_response: ContextVar[Response | None] = ContextVar("response", default=None)
"""The response to the agent that runs in this context."""


async def checked(events: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Pass on an agent's events, unless the response behind them is not an answer.

    Raises:
        AnswerRefusedError, AnswerIsWebPageError: See there.
    """
    response = Response()
    _response.set(response)
    said = False
    try:
        async for event in events:
            kind = event.event_type.name
            said = said or kind == "tool_call" or (kind == "text_delta" and bool(event.data))
            if kind == "output" and not said:
                _require_answer(response)
            yield event
    except Exception as problem:
        if response.web_page and not isinstance(problem, AnswerIsWebPageError):
            raise AnswerIsWebPageError from problem
        raise


def leave_unchecked() -> None:
    """Let what is read from here on, in this context, pass: tools may load what they like."""
    _response.set(None)


def _require_answer(response: Response) -> None:
    if response.web_page:
        raise AnswerIsWebPageError
    if response.refusal:
        raise AnswerRefusedError(response.refusal)


def apply(_launch: LaunchOptions) -> None:
    """Check what httpx reads for a model's driver, as all drivers of prompture do, and mark the frames with figures."""
    import httpx
    from cachibot.models.room_websocket import RoomWSMessage
    from cachibot.models.websocket import WSMessage

    WSMessage.usage = _marked(WSMessage.usage)
    RoomWSMessage.usage = _marked(RoomWSMessage.usage)
    httpx.Response.aiter_bytes = _checking_async(httpx.Response.aiter_bytes)  # type: ignore[method-assign]
    httpx.Response.iter_bytes = _checking(httpx.Response.iter_bytes)  # type: ignore[method-assign]


def _marked(usage: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(usage)
    def make(*args: Any, **options: Any) -> Any:
        frame = usage(*args, **options)
        response = _response.get()
        if response is not None and response.cut_off:
            frame.payload["cutOff"] = True
        return frame

    return make


def _checking_async(read: Callable[..., AsyncIterator[bytes]]) -> Callable[..., AsyncIterator[bytes]]:
    @functools.wraps(read)
    async def read_and_check(self: Any, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        response = _begun()
        async for chunk in read(self, chunk_size):
            if response is not None:
                response.add(chunk)
            yield chunk

    return read_and_check


def _checking(read: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
    @functools.wraps(read)
    def read_and_check(self: Any, chunk_size: int | None = None) -> Iterator[bytes]:
        response = _begun()
        for chunk in read(self, chunk_size):
            if response is not None:
                response.add(chunk)
            yield chunk

    return read_and_check


def _begun() -> Response | None:
    response = _response.get()
    if response is not None:
        response.size = 0
        response.refusal = ""
        response.cut_off = False
    return response


PATCH = Patch(
    name="answer checks",
    flaw=(
        "an answer of any size is read to its end, a refusal looks like an empty answer, and a cut-off answer looks"
        " complete"
    ),
    versions="0.3.0",
    apply=apply,
)
