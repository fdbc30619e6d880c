"""Decides which requests for a WebSocket the WebSocket library may see. No I/O.

The library does not answer a request with another method, or with a longer line or more headers than it accepts; it
fails at characters outside ASCII in the headers that it reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .access_policy import Request

MAX_LINE_BYTES = 8192
"""Longest line that the library reads, with the line break."""

MAX_HEADERS = 128
"""Largest number of headers that the library reads."""

_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_SENT_ONCE = frozenset(("connection", "upgrade", "sec-websocket-key", "sec-websocket-version"))
_READ_BY_LIBRARY = re.compile(r"connection|upgrade|origin|sec-websocket-.*")


def is_valid_handshake(method: bytes, target: bytes, pairs: Sequence[tuple[bytes, bytes]]) -> bool:
    """Return whether the library can answer the request with the header lines `pairs`, a handshake after RFC 6455."""
    request = Request.of("", pairs)
    headers = request.headers
    return (
        method == b"GET"
        and target.startswith(b"/")
        and not _SENT_ONCE & request.repeated
        and headers.get("upgrade", "").lower() == "websocket"
        and "upgrade" in (token.strip().lower() for token in headers.get("connection", "").split(","))
        and headers.get("sec-websocket-version") == "13"
        and _KEY.fullmatch(headers.get("sec-websocket-key", "")) is not None
        and headers.get("content-length", "0") == "0"
        and "transfer-encoding" not in headers
        and all(value.isascii() for name, value in headers.items() if _READ_BY_LIBRARY.fullmatch(name))
        and _fits(target, pairs)
    )


def _fits(target: bytes, pairs: Sequence[tuple[bytes, bytes]]) -> bool:
    lines = [
        len(b"GET  HTTP/1.1\r\n") + len(target),
        *(len(name) + len(value) + len(b": \r\n") for name, value in pairs),
    ]
    return len(pairs) <= MAX_HEADERS and max(lines) <= MAX_LINE_BYTES
