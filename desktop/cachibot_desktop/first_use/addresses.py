"""Reads the address of a model server as users type it. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

USUAL_PORTS = (11434, 1234, 8080, 8000, 1337, 4891)
"""Tried for an address without a port."""

_API = re.compile(
    r"(?:/api(?:/(?:generate|chat|tags|v0|version))?"
    r"|(?:/api)?/v1(?:/(?:chat/completions|completions|models|responses))?)?/*$",
    re.IGNORECASE,
)
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what users copy from OLLAMA_HOST
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+(?:%[\w.]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """An address, and the base addresses it may stand for, the likeliest first."""

    host: str
    bases: tuple[str, ...]


def parse(text: str) -> Typed | None:
    """Return the server that `text` names, without the path of an API; None if it is not an address.

    A missing scheme is http. Without a port, the usual ports of local servers are candidates, too.
    """
    text = text.strip().strip("\"'<>").strip()
    if not re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        text = "http://" + _bracketed(text)
        has_scheme = False
    else:
        has_scheme = True
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or parts.username is not None or port == 0:
        return None
    host = _ANY_ADDRESS.get(host, host)
    path = _API.sub("", parts.path)
    return Typed(host, tuple(_bases(parts.scheme, host, port, path, guess=not has_scheme or parts.scheme == "http")))


def is_loopback(host: str) -> bool:
    """Return whether a host name stands for this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bases(scheme: str, host: str, port: int | None, path: str, *, guess: bool) -> list[str]:
    names = ["127.0.0.1", "::1"] if host.lower() == "localhost" and scheme == "http" else [host]
    ports = [port] if port or not guess else [*USUAL_PORTS, None]
    return [
        f"{scheme}://{f'[{name}]' if ':' in name else name}{f':{number}' if number else ''}{path}"
        for number in ports
        for name in names
    ]


def _bracketed(text: str) -> str:
    """Put brackets round an IPv6 address that was typed without them."""
    address, slash, rest = text.partition("/")
    try:
        return f"[{ipaddress.IPv6Address(address)}]{slash}{rest}"
    except ValueError:
        return text
