"""Decides which requests may call the server, by headers and path. Pure."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from .static_files import ORIGIN_OF_THE_PAGE

LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
CHALLENGE = re.compile(r"[0-9a-f]{32}")

# The rest of a double encoding once the server has decoded the path: / \ . and the null byte.
_ENCODED_TWICE = re.compile(r"%(?:2f|5c|2e|00|25)", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """Why a request is turned away, as an HTTP status and a sentence."""

    status: int
    detail: str


@dataclass(frozen=True)
class Request:
    """The parts of a request that the policy reads.

    Header names are lower case; a header that was sent twice is in `repeated`.
    """

    path: str
    headers: dict[str, str]
    repeated: frozenset[str] = frozenset()


class AccessPolicy:
    """Decides on the requests of one start of the server."""

    def __init__(self, *, token: str, port: int, open_v1: bool, open_webhooks: bool) -> None:
        self._token = token.encode()
        self._origins = {f"http://{host}" for host in _names_of(ORIGIN_OF_THE_PAGE) | _names_of(f"127.0.0.1:{port}")}
        self._open_prefixes = tuple(
            prefix for prefix, is_open in (("/v1", open_v1), ("/api/webhooks", open_webhooks)) if is_open
        )
        self._closed = tuple(prefix for prefix in ("/v1", "/api/webhooks") if prefix not in self._open_prefixes)

    def check(self, request: Request) -> Refusal | None:
        """Return why `request` must not pass, or None. The order is the contract's."""
        return (
            self._misdirected(request)
            or _leaves_the_root(request.path)
            or self._foreign(request)
            or self._unknown(request)
            or self._closed_here(request.path)
        )

    def proof(self, challenge: str | None) -> str | None:
        """Return the answer to a challenge, which only the shell's own child can give; None to a malformed one."""
        if challenge is None or not CHALLENGE.fullmatch(challenge):
            return None
        return hmac.new(self._token, challenge.encode(), sha256).hexdigest()

    def _misdirected(self, request: Request) -> Refusal | None:
        """Any name may point to 127.0.0.1 (DNS rebinding); only loopback names are ours."""
        host = request.headers.get("host", "")
        if "host" not in request.repeated and LOOPBACK_HOST.fullmatch(host):
            return None
        return Refusal(421, "This server answers on its own machine only.")

    def _foreign(self, request: Request) -> Refusal | None:
        origin = request.headers.get("origin")
        if origin is None or (origin in self._origins and "origin" not in request.repeated):
            return None
        return Refusal(403, "Pages of other origins may not use this server.")

    def _unknown(self, request: Request) -> Refusal | None:
        if is_health(request.path) or below(request.path, self._open_prefixes):
            return None
        given = request.headers.get("x-cachibot-token", "").encode()
        if "x-cachibot-token" not in request.repeated and hmac.compare_digest(given, self._token):
            return None
        return Refusal(401, "This server belongs to the CachiBot app.")

    def _closed_here(self, path: str) -> Refusal | None:
        if below(path, self._closed):
            return Refusal(404, "This interface is closed. The app's settings can open it.")
        return None


def is_health(path: str) -> bool:
    """Return whether the path is the health probe, which needs no token."""
    return path == "/api/health"


def below(path: str, prefixes: tuple[str, ...]) -> bool:
    """Return whether `path` is one of `prefixes` or lies below one."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def _names_of(address: str) -> set[str]:
    return {address, address.replace("127.0.0.1", "localhost")}


def _leaves_the_root(path: str) -> Refusal | None:
    """`path` is decoded once, as the application will see it."""
    if (
        "\\" in path
        or any(character < " " or character == "\x7f" for character in path)
        or ".." in path.split("/")
        or "//" in path
        or _ENCODED_TWICE.search(path)
    ):
        return Refusal(400, "This path is not one of ours.")
    return None
