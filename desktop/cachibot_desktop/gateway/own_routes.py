"""Routes and pages of the app itself, which the gateway serves beside CachiBot's. Defines what the gateway expects."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .asgi_types import Receive
from .static_files import StaticResponse

MOST_BYTES = 64 * 1024
"""No request of the app's own pages is larger."""


@dataclass(frozen=True)
class Call:
    """A request for one of the routes."""

    body: dict[str, Any] = field(default_factory=dict, repr=False)
    bearer: str = field(default="", repr=False)
    """The page's login."""

    def text(self, name: str) -> str:
        """Return a text of the body; empty if there is none."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Answer:
    """An HTTP status and a body of JSON."""

    status: int
    body: dict[str, Any]


class OwnRoutes(Protocol):
    """The app's own routes and pages."""

    def page(self, path: str) -> StaticResponse | None:
        """Return the page or file at this path; None if CachiBot's page has it."""

    async def redirect(self, path: str) -> str | None:
        """Return where a request for a page has to go instead; None if nowhere."""

    def handler(self, method: str, path: str) -> tuple[Callable[[Call], Awaitable[Answer]] | None, bool]:
        """Return the handler of a route, and whether it needs CachiBot to be imported."""


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Read the body of a request; None if it is longer than `most` bytes, or if the client is gone."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        more = message.get("more_body", False)
    return bytes(body)


async def read_call(headers: dict[str, str], receive: Receive) -> Call | None:
    """Read a request to its end; None if its body is not a JSON object, or too large."""
    body = await read_body(receive, MOST_BYTES)
    if body is None:
        return None
    try:
        content = json.loads(body) if body else {}
    except ValueError:
        return None
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    return Call(content, bearer) if isinstance(content, dict) else None
