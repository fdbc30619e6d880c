"""Decides by headers and path which requests the server accepts. No I/O."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from .static_files import PAGE_HOST

LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
CHALLENGE = re.compile(r"[0-9a-f]{32}")

MACHINE = "/api/desktop/machine"
"""Path of the shell's reports on the machine."""

# A doubly encoded / \ . % or null byte after the server has decoded the path once.
_ENCODED_TWICE = re.compile(r"%(?:2f|5c|2e|00|25)", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """The response to a refused request: an HTTP status and a sentence."""

    status: int
    detail: str


@dataclass(frozen=True)
class Request:
    """The parts of a request that the policy reads.

    Header names are lower case. `repeated` has the names of headers that were sent more than once.
    """

    path: str
    headers: dict[str, str]
    repeated: frozenset[str] = frozenset()

    @classmethod
    def of(cls, path: str, pairs: Iterable[tuple[bytes, bytes]]) -> Request:
        """Return the request with the decoded `path` and the header lines `pairs`, as they were sent."""
        headers: dict[str, str] = {}
        repeated: set[str] = set()
        for name, value in pairs:
            key = name.decode("latin-1").lower()
            if key in headers:
                repeated.add(key)
            headers[key] = value.decode("latin-1")
        return cls(path, headers, frozenset(repeated))

    @property
    def asks_for_websocket(self) -> bool:
        """Whether the request is a WebSocket handshake, valid or not."""
        return "websocket" in self.headers.get("upgrade", "").lower()


class AccessPolicy:
    """The rules for one run of the server, which has its own token."""

    def __init__(self, *, token: str, port: int, open_v1: bool, open_webhooks: bool) -> None:
        self._token = token.encode()
        self._origins = {f"http://{host}" for host in _names_of(PAGE_HOST) | _names_of(f"127.0.0.1:{port}")}
        self._open_prefixes = tuple(
            prefix for prefix, is_open in (("/v1", open_v1), ("/api/webhooks", open_webhooks)) if is_open
        )
        self._closed = tuple(prefix for prefix in ("/v1", "/api/webhooks") if prefix not in self._open_prefixes)

    def check(self, request: Request) -> Refusal | None:
        """Return the refusal of `request`, or None to accept it. The checks have the order of docs/contract.md."""
        return (
            self._check_host(request)
            or _check_path(request.path)
            or self._check_origin(request)
            or self._check_token(request)
            or _check_page(request)
            or self._check_closed_apis(request.path)
        )

    def has_token(self, request: Request) -> bool:
        """Return whether `request` carries the token of this run."""
        given = request.headers.get("x-cachibot-token", "").encode()
        return "x-cachibot-token" not in request.repeated and hmac.compare_digest(given, self._token)

    def proof(self, challenge: str | None) -> str | None:
        """Return the HMAC-SHA256 of a challenge in hex, which proves that we are the shell's child.

        The key is the token. Returns None for a malformed challenge.
        """
        if challenge is None or not CHALLENGE.fullmatch(challenge):
            return None
        return hmac.new(self._token, challenge.encode(), sha256).hexdigest()

    def _check_host(self, request: Request) -> Refusal | None:
        """Accept loopback names only: any other name may resolve to 127.0.0.1 (DNS rebinding)."""
        host = request.headers.get("host", "")
        if "host" not in request.repeated and LOOPBACK_HOST.fullmatch(host):
            return None
        return Refusal(421, "This server accepts requests for this computer only.")

    def _check_origin(self, request: Request) -> Refusal | None:
        origin = request.headers.get("origin")
        if origin is None or (origin in self._origins and "origin" not in request.repeated):
            return None
        return Refusal(403, "Pages of other origins can't use this server.")

    def _check_token(self, request: Request) -> Refusal | None:
        # Nothing that is open without the token is a WebSocket.
        needs_no_token = is_health(request.path) or is_below(request.path, self._open_prefixes)
        if (needs_no_token and not request.asks_for_websocket) or self.has_token(request):
            return None
        return Refusal(401, "This server belongs to the CachiBot app.")

    def _check_closed_apis(self, path: str) -> Refusal | None:
        if is_below(path, self._closed):
            return Refusal(404, "This API is off. The app's settings can turn it on.")
        return None


def is_health(path: str) -> bool:
    """Return whether `path` is the health probe, which needs no token."""
    return path == "/api/health"


def is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    """Return whether `path` is one of `prefixes`, or below one of them."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def _check_page(request: Request) -> Refusal | None:
    """Refuse a page's report on the machine: its PATH decides which programs the server runs.

    Browsers send one of the two headers with every request. The shell's `fetch`, Node's, sends neither.
    """
    if request.path == MACHINE and ("origin" in request.headers or "sec-fetch-site" in request.headers):
        return Refusal(403, "Only the app reports on this computer.")
    return None


def _names_of(address: str) -> set[str]:
    return {address, address.replace("127.0.0.1", "localhost")}


def _check_path(path: str) -> Refusal | None:
    """Refuse a path that could leave the root. `path` has been decoded once, as the application will see it."""
    if (
        "\\" in path
        or any(character < " " or character == "\x7f" for character in path)
        or ".." in path.split("/")
        or "//" in path
        or _ENCODED_TWICE.search(path)
    ):
        return Refusal(400, "This path isn't allowed.")
    return None
