"""Responses that a browser may store in a file, and those that it may not: they have the user's text."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from cachibot_desktop.gateway.response_headers import with_headers
from server_process import ServerProcess

CHAT = "/api/bots/default/chats/chat-1"


def cache_control(server: ServerProcess, path: str, **options: Any) -> list[str]:
    return server.get(path, **options).headers.get_list("cache-control")


@pytest.mark.parametrize(
    "path",
    [
        "/api/health",
        "/api/nothing",
        "/api/auth/setup-required",
        "/api/desktop/activity",
        "/api/platforms",  # CachiBot itself permits storing this one
        "/v1/models",
        "/docs",
        "/openapi.json",
        "/ws",
    ],
)
def test_no_response_of_the_api_may_be_stored(server: ServerProcess, path: str) -> None:
    assert cache_control(server, path) == ["no-store"]
    assert cache_control(server, path, headers={"Host": "evil.example"}) == ["no-store"]


def test_no_file_of_a_chat_may_be_stored(server: ServerProcess) -> None:
    login = {"Authorization": f"Bearer {server.sign_up()}"}
    form = {**login, "Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsecret\r\n--b--\r\n'
    asset = server.request("POST", f"{CHAT}/assets", headers=form, content=part).json()
    for more in ({}, {"Range": "bytes=2-3"}):
        file = server.get(f"{CHAT}/assets/{asset['id']}/download", headers={**login, **more})
        assert file.text == ("cr" if more else "secret")
        assert file.headers.get_list("cache-control") == ["no-store"]


def test_the_files_of_the_page_may_be_stored(server: ServerProcess) -> None:
    page = server.get("/")
    assert page.headers.get_list("cache-control") == ["no-cache"]
    assert cache_control(server, "/desktop/content") == ["no-cache"]
    script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
    assert script is not None
    assert cache_control(server, script[1]) == ["public, max-age=31536000, immutable"]


@pytest.mark.parametrize("kind", ["http.response.start", "websocket.http.response.start"])
@pytest.mark.parametrize(
    ("may_be_stored", "sent", "received"),
    [
        (False, [], [b"no-store"]),
        (False, [(b"Cache-Control", b"public, max-age=3600")], [b"no-store"]),
        (False, [(b"cache-control", b"no-cache"), (b"cache-control", b"private")], [b"no-store"]),
        (True, [], []),
        (True, [(b"cache-control", b"public, max-age=3600")], [b"public, max-age=3600"]),
    ],
)
def test_the_header_replaces_that_of_the_application(
    kind: str, may_be_stored: bool, sent: list[tuple[bytes, bytes]], received: list[bytes]
) -> None:
    (message,) = passed_on([{"type": kind, "status": 200, "headers": sent}], may_be_stored=may_be_stored)
    assert [value for name, value in message["headers"] if name.lower() == b"cache-control"] == received


def test_parts_of_a_stream_and_frames_of_a_websocket_are_passed_on_one_by_one() -> None:
    messages = [
        {"type": "http.response.body", "body": b"data: 1", "more_body": True},
        {"type": "http.response.body", "body": b"data: 2", "more_body": False},
        {"type": "websocket.accept", "headers": []},
        {"type": "websocket.send", "text": "frame"},
    ]
    assert passed_on(messages, may_be_stored=False) == messages


def passed_on(messages: list[dict[str, Any]], *, may_be_stored: bool) -> list[Any]:
    """Return what arrives when an application sends `messages`."""
    arrived: list[Any] = []

    async def send(message: Any) -> None:
        arrived.append(message)

    async def send_all() -> None:
        changed = with_headers(send, "default-src 'none'", may_be_stored=may_be_stored)
        for number, message in enumerate(messages, 1):
            await changed(message)
            assert len(arrived) == number

    asyncio.run(send_all())
    return arrived
