"""Reads the two formats in which providers stream: server-sent events, and one JSON value on each line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

END = "[DONE]"
"""The event with which OpenAI's format ends."""


async def events(chunks: AsyncIterable[bytes]) -> AsyncIterator[Any]:
    """Yield each JSON value of a response, and END.

    Lines end only where a line feed does: JSON may contain other characters that Python's `splitlines` ends a line at.

    Raises:
        ValueError: An event is not JSON.
    """
    data: list[bytes] = []
    async for line in _lines(chunks):
        if line.startswith(b"data:"):
            data.append(line[5:].strip())
        elif line.startswith(b"error:"):  # llama.cpp, outside of the standard
            yield {"error": json.loads(line[6:])}
        elif line.lstrip()[:1] in (b"{", b"["):
            yield json.loads(line)
        elif not line and data:
            yield _event(data)
            data = []
    if data:
        yield _event(data)


def _event(data: list[bytes]) -> Any:
    text = b"\n".join(data)
    return END if text == END.encode() else json.loads(text)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest
