"""Event streams, cut at every byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cachibot_desktop.streaming.event_stream import END, events

TEXT = "Ä \u2028 \x85 \\u2028"
EVENT = '{"text": "Ä \u2028 \x85 \\\\u2028"}'.encode()


def read(raw: bytes, size: int) -> list[Any]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), size):
            yield raw[start : start + size]

    async def collect() -> list[Any]:
        return [event async for event in events(chunks())]

    return asyncio.run(collect())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"data: " + EVENT + b"\n\ndata: [DONE]\n\n", [{"text": TEXT}, END]),
        (b"event: x\r\ndata:" + EVENT + b"\r\n\r\n: comment\r\n\r\nid: 1\r\n\r\n", [{"text": TEXT}]),
        (b'data: {"a":\ndata: 1}\n\n', [{"a": 1}]),
        (b'data: {"a": 1}', [{"a": 1}]),
        (EVENT + b"\n" + b'{"a": 1}\n\n', [{"text": TEXT}, {"a": 1}]),
        (b'error: {"message": "no"}\n\n', [{"error": {"message": "no"}}]),
        (b"", []),
    ],
)
def test_every_event_is_read_however_it_arrives(raw: bytes, found: list[Any], size: int) -> None:
    assert read(raw, size) == found


def test_what_is_not_json_fails() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        read(b"data: <html>\n\n", 100)
