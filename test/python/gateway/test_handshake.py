"""Which handshakes the WebSocket library may see. test_hostile_connections.py sends the others to a server."""

from __future__ import annotations

import pytest
from websockets import http11

from cachibot_desktop.gateway.handshake import MAX_HEADERS, MAX_LINE_BYTES, is_valid_handshake

VALID = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def is_valid(
    changes: dict[str, str] | None = None, more: tuple[tuple[bytes, bytes], ...] = (), target: bytes = b"/ws"
) -> bool:
    headers = {**VALID, **(changes or {})}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return is_valid_handshake(b"GET", target, [*pairs, *more])


def test_a_handshake_as_browsers_send_it_is_valid() -> None:
    assert is_valid()
    assert is_valid({"Upgrade": "WebSocket", "Connection": "keep-alive, upgrade"})
    assert is_valid({"Sec-WebSocket-Extensions": "permessage-deflate", "Content-Length": "0"})
    assert is_valid({"Cookie": "name=caf\u00e9"}), "the library does not read this header"


def test_lines_and_headers_as_long_as_the_library_reads_them_are_valid() -> None:
    longest = b"A" * (MAX_LINE_BYTES - len(b"X: \r\n"))
    assert is_valid(more=((b"X", longest),))
    assert not is_valid(more=((b"X", longest + b"A"),))
    target = b"/" + b"A" * (MAX_LINE_BYTES - len(b"GET / HTTP/1.1\r\n"))
    assert is_valid(target=target)
    assert not is_valid(target=target + b"A")
    spare = MAX_HEADERS - len(VALID)
    assert is_valid(more=((b"x", b"1"),) * spare)
    assert not is_valid(more=((b"x", b"1"),) * (spare + 1))


def test_the_limits_are_those_of_the_library() -> None:
    assert (http11.MAX_LINE_LENGTH, http11.MAX_NUM_HEADERS) == (MAX_LINE_BYTES, MAX_HEADERS)


@pytest.mark.parametrize("name", VALID)
def test_each_header_is_needed_exactly_once(name: str) -> None:
    assert not is_valid({name: ""})
    assert not is_valid(more=((name.encode(), VALID[name].encode()),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upgrade", "h2c"),
        ("Connection", "keep-alive"),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Key", "AAAA"),
        ("Sec-WebSocket-Key", "\u00c4" * 22 + "=="),
        ("Sec-WebSocket-Protocol", "\u00c4"),
        ("Origin", "http://\u00e4"),
        ("Content-Length", "1"),
        ("Transfer-Encoding", "chunked"),
    ],
)
def test_other_handshakes_are_not_valid(name: str, value: str) -> None:
    assert not is_valid({name: value})


def test_other_methods_and_targets_are_not_valid() -> None:
    pairs = [(name.encode(), value.encode()) for name, value in VALID.items()]
    assert not is_valid_handshake(b"POST", b"/ws", pairs)
    assert not is_valid_handshake(b"GET", b"http://127.0.0.1/ws", pairs)
