"""The ASGI gateway in front of cachibot: access policy, health, and static files of the UI."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs

from ..attachments import folder, record, words
from ..pictures.fetch import NotShown, fetch
from ..process.machine import Machine
from . import content_page
from .access_policy import MACHINE, AccessPolicy, Refusal, Request, is_below, is_health
from .activity import Activity
from .answers import Answers
from .asgi_types import Receive, Scope, Send
from .login import Login, login
from .own_routes import OwnRoutes, read_body, read_call
from .page_socket import PageSocket
from .reminders import Reminders
from .response_headers import with_headers
from .room_socket import RoomSocket
from .static_files import StaticFiles, StaticResponse

Headers = list[tuple[bytes, bytes]]

APPLICATION_PATHS = ("/api", "/ws", "/v1", "/docs", "/redoc", "/openapi.json")
"""Paths of cachibot's API. The gateway serves every other path from the UI's files."""

READING = ("GET", "HEAD")
"""Methods of the health probe, the UI's pages and its files."""

MAX_REPORT_BYTES = 1 << 20


class WrappedApp(Protocol):
    """The application behind the gateway. It may still be starting."""

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body of the health response."""

    async def wait_until_ready(self) -> Refusal | None:
        """Wait for the startup. Return a refusal if the application failed or is stopping."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket handshake."""


class Gateway:
    """Handles all requests, even while cachibot is starting. Adds the same security headers to every response."""

    def __init__(
        self,
        *,
        policy: AccessPolicy,
        static_files: StaticFiles,
        app: WrappedApp,
        activity: Activity,
        machine: Machine,
        reminders: Reminders,
        work_folder: Callable[[], Path],
        data: Path,
        own: OwnRoutes | None = None,
    ) -> None:
        self._access_policy = policy
        self._own = own
        self._static_files = static_files
        self._app = app
        self._activity = activity
        self._machine = machine
        self._work_folder = work_folder
        self._data = data
        self._answers = Answers(app.handle)
        self._reminders = reminders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request or WebSocket handshake."""
        plain_send = send  # adds no headers: a content page has a policy of its own
        request = Request.of(scope["path"], scope["headers"])
        may_be_stored = not is_below(request.path, APPLICATION_PATHS)
        send = with_headers(plain_send, self._static_files.policy, may_be_stored=may_be_stored)
        refusal = self._access_policy.check(request)
        if refusal is not None:
            await _refuse(scope, send, refusal)
        elif scope["type"] == "websocket":
            await self._forward_when_ready(scope, receive, send)
        elif request.asks_for_websocket:
            await _refuse(scope, send, Refusal(400, "This isn't a valid WebSocket handshake."))
        elif is_health(request.path):
            await self._send_health(request, scope, send)
        elif request.path == "/api/desktop/activity":
            await _send_json(scope, send, 200, self._activity.as_json())
        elif request.path == MACHINE:
            await self._apply_machine_report(scope, receive, send)
        elif is_below(request.path, ("/api/desktop",)):
            await self._answer_own_route(request, scope, receive, send)
        elif is_below(request.path, APPLICATION_PATHS):
            await self._forward_when_ready(scope, receive, send)
        elif (content := content_page.response(request.path)) is not None:
            await self._send_content_page(content, scope, plain_send)
        else:
            await self._send_static_file(request, scope, send)

    def end_answers(self) -> None:
        """Cancel the answers that still run, because the server stops."""
        self._answers.close()

    async def _send_health(self, request: Request, scope: Scope, send: Send) -> None:
        if scope["method"] not in READING:
            await _refuse_method(scope, send)
            return
        if "sec-fetch-site" in request.headers:
            # CachiBot's page would ask again only after a second. So it gets its answer when the application is ready.
            await self._app.wait_until_ready()
        status, body = await self._app.health()
        proof = self._access_policy.proof(request.headers.get("x-cachibot-challenge"))
        extra = [] if proof is None else [(b"x-cachibot-proof", proof.encode())]
        await _send_json(scope, send, status, body, extra)

    async def _apply_machine_report(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive, MAX_REPORT_BYTES)
        try:
            answer = self._machine.apply(json.loads(body or b""))
        except ValueError as problem:
            await _refuse(scope, send, Refusal(400, str(problem)))
        else:
            await _send_json(scope, send, 200, answer)

    async def _send_static_file(self, request: Request, scope: Scope, send: Send) -> None:
        path = request.path
        if scope["method"] not in READING:
            await _refuse_method(scope, send)
            return
        target = await self._redirect(request)
        if target is not None:
            await _respond(scope, send, 307, b"", [(b"location", target.encode()), (b"cache-control", b"no-store")])
            return
        response = (self._own and self._own.page(path)) or self._static_files.response(path)
        await _send_file(scope, send, response)

    async def _send_content_page(self, page: StaticResponse, scope: Scope, send: Send) -> None:
        send = with_headers(send, page.policy or self._static_files.policy, may_be_stored=True)
        if scope["method"] in READING:
            await _send_file(scope, send, page)
        else:
            await _refuse_method(scope, send)

    async def _redirect(self, request: Request) -> str | None:
        """Return the other page that a window has to load instead of this one; None if it is the right one."""
        loads_page = request.headers.get("sec-fetch-mode") == "navigate" and not self._static_files.has_file(
            request.path
        )
        return await self._own.redirect(request.path) if self._own and loads_page else None

    async def _answer_own_route(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if request.path == "/api/desktop/picture":
            await _send_picture(request, scope, receive, send)
            return
        if request.path == "/api/desktop/attachment":
            await _save_attachment(self._work_folder(), self._data, scope, receive, send)
            return
        handler, needs_application = self._own.handler(scope["method"], request.path) if self._own else (None, False)
        if handler is None:
            await _send_json(scope, send, 404, {"detail": "Not Found"})
            return
        call = await read_call(request.headers, receive)
        if call is None:
            await _send_json(scope, send, 400, {"detail": "Bad Request"})
            return
        refusal = await self._app.wait_until_ready() if needs_application else None
        if refusal is not None:
            await _refuse(scope, send, refusal)
            return
        answer = await handler(call)
        await _send_json(scope, send, answer.status, answer.body)

    async def _forward_when_ready(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the application once it has started: for the UI, an early error means a broken server."""
        refusal = await self._app.wait_until_ready()
        if refusal is not None:
            await _refuse(scope, send, refusal)
            return
        # The application does not need the token, so it must not be able to log it or pass it on.
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-cachibot-token"]
        close: Callable[[], None] | None = None
        if scope["type"] == "websocket" and scope["path"] == "/ws":
            current = Login()
            login.set(current)
            page = PageSocket(receive, send, scope, self._answers, self._reminders, current)
            close, receive, send = page.close, page.receive, page.send
        elif scope["type"] == "websocket" and scope["path"] == "/ws/room":
            room = RoomSocket(receive, send, _query(scope, "room_id"))
            close, receive, send = room.close, room.receive, room.send
        counter = "sockets" if scope["type"] == "websocket" else "requests"
        setattr(self._activity, counter, getattr(self._activity, counter) + 1)
        try:
            await self._app.handle(scope, receive, send)
        finally:
            setattr(self._activity, counter, getattr(self._activity, counter) - 1)
            if close is not None:
                close()


def _query(scope: Scope, name: str) -> str:
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get(name, [""])[0]


async def _refuse_method(scope: Scope, send: Send) -> None:
    await _send_json(scope, send, 405, {"detail": "Method Not Allowed"}, [(b"allow", ", ".join(READING).encode())])


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    await _send_json(scope, send, refusal.status, {"detail": refusal.detail})


async def _send_file(scope: Scope, send: Send, file: StaticResponse) -> None:
    headers = [(b"content-type", file.content_type.encode()), (b"cache-control", file.cache_control.encode())]
    await _respond(scope, send, 200, file.body, headers)


async def _send_picture(request: Request, scope: Scope, receive: Receive, send: Send) -> None:
    """Fetch a picture for the page, which shows it as data."""
    call = await read_call(request.headers, receive) if scope["method"] == "POST" else None
    if call is None:
        await _send_json(scope, send, 400, {"detail": "Bad Request"})
        return
    try:
        picture = await fetch(call.text("address"))
    except NotShown as problem:
        await _send_json(scope, send, 404, {"detail": str(problem)})
    else:
        content = base64.b64encode(picture.content).decode()
        await _send_json(scope, send, 200, {"type": picture.content_type, "content": content})


async def _save_attachment(work_folder: Path, data: Path, scope: Scope, receive: Receive, send: Send) -> None:
    """Save a file that the user attaches, and answer with the line that names it in the message."""
    name = _query(scope, "name")
    if scope["method"] != "POST" or not name:
        await _send_json(scope, send, 400, {"detail": "Bad Request"})
        return
    content = await read_body(receive, folder.MOST_BYTES)
    if content is None:
        detail = words.TOO_LARGE.format(name=name, megabytes=folder.MOST_BYTES // 1_000_000)
        await _send_json(scope, send, 413, {"detail": detail})
        return
    try:
        saved = await asyncio.to_thread(record.save, data, work_folder, name, content)
    except OSError as problem:
        await _send_json(scope, send, 500, {"detail": words.NOT_SAVED.format(name=name, reason=problem.strerror)})
    else:
        await _send_json(scope, send, 200, {"line": folder.line(saved)})


async def _send_json(
    scope: Scope, send: Send, status: int, body: object, extra: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *extra]
    await _respond(scope, send, status, json.dumps(body).encode(), headers)


async def _respond(scope: Scope, send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Send a complete response; to a WebSocket handshake, instead of the upgrade."""
    if scope["type"] == "websocket":
        # uvicorn adds content-length to a refused handshake itself; a second one would make the response invalid.
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body})
        return
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
