"""The HTTP server's connections: limits of time, size and number, and the upgrade to a WebSocket."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Callable

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ..gateway.access_policy import AccessPolicy, Request
from ..gateway.handshake import is_valid_handshake
from .counted_warning import CountedWarning

HEADER_SECONDS = 5
"""Time for a complete header, after the connection was made or the last response was sent."""

MAX_ANONYMOUS = 64
"""Number of open connections on which no request has carried the token."""

GRACE_SECONDS = 0.05
"""Time that an anonymous connection has at least, to send a header, before a new one may close it."""

MAX_HEADER_BYTES = 65536
"""Largest header, and largest part of a body that the parser needs at once, such as the size of a chunk."""


class AnonymousConnections:
    """The open connections on which no request has carried the token, the oldest first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._connections: dict[Connection, float] = {}
        self._clock = clock
        self._warning = CountedWarning(__name__, f"More than {MAX_ANONYMOUS} connections without a token")

    def add(self, connection: Connection) -> None:
        """Add a new connection. If there are too many, close the oldest that is not being answered."""
        if len(self._connections) >= MAX_ANONYMOUS:
            silent = (other for other in self._connections if not other.is_being_answered)
            oldest = next(silent, None) or next(iter(self._connections))
            self.discard(oldest)
            self._warning.count("the oldest was closed")
            # `close` would first wait until the other side has read everything.
            oldest.transport.abort()
        self._connections[connection] = self._clock()

    def seconds_until_room(self, number: int) -> float:
        """Return how long to wait until `number` new connections close no other that has its grace."""
        surplus = len(self._connections) + number - MAX_ANONYMOUS
        if surplus <= 0:
            return 0
        newest_to_close = list(self._connections.values())[surplus - 1]
        return max(0, newest_to_close + GRACE_SECONDS - self._clock())

    def discard(self, connection: Connection) -> None:
        """Remove a connection that was closed, or on which the token has arrived."""
        self._connections.pop(connection, None)


class Connection(HttpToolsProtocol):
    """One connection. uvicorn's own protocol waits for a header without limit, and stores all of it."""

    def __init__(
        self, config: Config, state: ServerState, policy: AccessPolicy, anonymous: AnonymousConnections
    ) -> None:
        super().__init__(config, state, {})
        self._policy = policy
        self._anonymous = anonymous
        self._becomes_websocket = False
        self._unparsed_bytes = 0

    @property
    def is_being_answered(self) -> bool:
        """Whether a request is complete up to its body, and its response is not."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Start to wait for the header of the first request."""
        try:
            super().connection_made(transport)
        except OSError:
            # macOS has no address for a socket whose other side is already gone.
            transport.abort()
            return
        self._anonymous.add(self)
        self.timeout_keep_alive_task = self.loop.call_later(HEADER_SECONDS, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self._anonymous.discard(self)
        # uvicorn keeps the timer, and with it this object, after an error.
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse `data`. Only a complete header stops the timer. Invalid data is not logged: anyone can send it."""
        self._unparsed_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._becomes_websocket:
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        else:
            if self._unparsed_bytes > MAX_HEADER_BYTES:
                self.send_400_response("The header is too large.")

    def on_headers_complete(self) -> None:
        """Decide what the request may do with this connection, then start to answer it."""
        self._unset_keepalive_if_required()
        self._unparsed_bytes = 0
        request = Request.of(urllib.parse.unquote(httptools.parse_url(self.url).path.decode("ascii")), self.headers)
        if self._policy.has_token(request):
            self._anonymous.discard(self)
        self._becomes_websocket = self._may_become_websocket(request)
        super().on_headers_complete()
        if self.parser.should_upgrade() and not self._becomes_websocket:
            # The parser reads nothing after a request to upgrade.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unparsed_bytes = 0
        super().on_message_complete()

    def _should_upgrade(self) -> bool:
        return self._becomes_websocket

    def _may_become_websocket(self, request: Request) -> bool:
        """Return whether the WebSocket library may see the request. The gateway answers all others."""
        return (
            bool(self.parser.should_upgrade())
            and self.parser.get_http_version() == "1.1"
            and not self.is_being_answered
            and is_valid_handshake(self.parser.get_method(), self.url, self.headers)
            and self._policy.check(request) is None
        )
