"""The ASGI gateway in front of cachibot: health, the UI's files, and the access policy."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

from .access_policy import AccessPolicy, Refusal, Request, below, is_health
from .activity import Activity
from .chat_socket import ChatSocket, RoomSocket
from .static_files import Ui

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

OF_THE_APPLICATION = ("/api", "/ws", "/v1", "/docs", "/redoc", "/openapi.json")
"""Paths that cachibot answers; every other path is a page or a file of the UI."""


class WrappedApp(Protocol):
    """The application behind the gateway. It may still be starting."""

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Return the health: an HTTP status and the body."""

    async def ready(self) -> Refusal | None:
        """Wait until requests can be answered; a refusal when they never can."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of the application."""


class Gateway:
    """Handles every request, also while cachibot is starting. Every response gets the same security headers."""

    def __init__(self, *, policy: AccessPolicy, ui: Ui, app: WrappedApp, activity: Activity) -> None:
        self._access = policy
        self._ui = ui
        self._app = app
        self._activity = activity
        self._policy = [
            (b"content-security-policy", ui.policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request or WebSocket handshake."""
        guarded = self._with_policy(send)
        request = _request(scope)
        refusal = self._access.check(request)
        if refusal is not None:
            await _refuse(scope, guarded, refusal)
        elif scope["type"] == "websocket":
            await self._hold_and_pass_on(scope, receive, guarded)
        elif is_health(request.path):
            await self._health(request, scope, guarded)
        elif request.path == "/api/desktop/activity":
            await _json(scope, guarded, 200, self._activity.as_json())
        elif below(request.path, OF_THE_APPLICATION):
            await self._hold_and_pass_on(scope, receive, guarded)
        else:
            await self._page(request.path, scope, guarded)

    async def _health(self, request: Request, scope: Scope, send: Send) -> None:
        status, body = await self._app.health()
        proof = self._access.proof(request.headers.get("x-cachibot-challenge"))
        extra = [] if proof is None else [(b"x-cachibot-proof", proof.encode())]
        await _json(scope, send, status, body, extra)

    async def _page(self, path: str, scope: Scope, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _json(scope, send, 405, {"detail": "Method Not Allowed"}, [(b"allow", b"GET, HEAD")])
            return
        page = self._ui.page(path)
        await _respond(
            scope,
            send,
            200,
            page.body,
            [(b"content-type", page.content_type.encode()), (b"cache-control", page.cache_control.encode())],
        )

    async def _hold_and_pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """While the application starts its requests wait: the UI takes a refusal for a broken server."""
        refusal = await self._app.ready()
        if refusal is not None:
            await _refuse(scope, send, refusal)
            return
        # The token has done its work: nothing behind the gateway can log or pass on what it does not see.
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-cachibot-token"]
        if scope["type"] == "websocket" and scope["path"] == "/ws":
            chat = ChatSocket(receive, send)
            receive, send = chat.receive, chat.send
        elif scope["type"] == "websocket" and scope["path"] == "/ws/room":
            send = RoomSocket(send).send
        counted = "sockets" if scope["type"] == "websocket" else "requests"
        setattr(self._activity, counted, getattr(self._activity, counted) + 1)
        try:
            await self._app.answer(scope, receive, send)
        finally:
            setattr(self._activity, counted, getattr(self._activity, counted) - 1)

    def _with_policy(self, send: Send) -> Send:
        ours = {name for name, _ in self._policy}

        async def guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                theirs = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
                message = {**message, "headers": [*theirs, *self._policy]}
            await send(message)

        return guarded


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    repeated: set[str] = set()
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        if key in headers:
            repeated.add(key)
        headers[key] = value.decode("latin-1")
    return Request(scope["path"], headers, frozenset(repeated))


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    await _json(scope, send, refusal.status, {"detail": refusal.detail})


async def _json(scope: Scope, send: Send, status: int, body: object, extra: Iterable[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *extra]
    await _respond(scope, send, status, json.dumps(body).encode(), headers)


async def _respond(scope: Scope, send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Answer a request, or a handshake with an HTTP status instead of an upgrade."""
    if scope["type"] == "websocket":
        # uvicorn adds the length to a refused handshake itself; a second one makes it invalid.
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body})
        return
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
