"""Prepares the proxy and certificate variables of the server's process.

The libraries of the providers read these variables each time they make a client. One
value that they cannot use makes every request fail, also to a model on this machine.
`children` gives the caller's values back to everything the server starts.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path

from . import system_proxy
from .system_proxy import SystemProxy

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Each names the certificates to trust in place of those the libraries bring along."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_SCHEMES = ("http", "https", "all")

_SOCKS = {"socks": "socks5", "socks4": "socks5", "socks4a": "socks5h"}
"""Schemes that httpx refuses, and the ones it knows. GNOME's settings give `socks`, Windows' `socks4`."""


def prepare(environ: MutableMapping[str, str], system: SystemProxy | None = None) -> None:
    """Change `environ` so that the libraries can use it, and reach loopback without a proxy.

    `system` stands for the system's own settings, which count when `environ` names no proxy. A change of theirs
    reaches the server at its next start: a `NO_PROXY` alone would hide them from Python altogether.
    """
    _drop_unusable_certificates(environ)
    exceptions: tuple[str, ...] = ()
    if not any(environ.get(name) for scheme in _SCHEMES for name in _both_cases(f"{scheme}_proxy")):
        found = system_proxy.read() if system is None else system
        exceptions = found.exceptions
        for scheme, url in found.urls.items():
            for name in _both_cases(f"{scheme}_proxy"):
                environ[name] = url
    _name_known_schemes(environ)
    _exempt_loopback(environ, exceptions)


def _exempt_loopback(environ: MutableMapping[str, str], exceptions: tuple[str, ...]) -> None:
    lower, upper = environ.get("no_proxy"), environ.get("NO_PROXY")
    # An empty value is a choice too, and Python prefers the lower case.
    callers = {"no_proxy": upper if lower is None else lower, "NO_PROXY": lower if upper is None else upper}
    for name, value in callers.items():
        entries = [entry for text in (value or "").split(",") if (entry := _readable(name, text.strip()))]
        # urllib understands the star only when it stands alone.
        environ[name] = "*" if "*" in entries else ",".join(dict.fromkeys([*entries, *exceptions, *LOOPBACK]))


def _readable(name: str, entry: str) -> str:
    """Return the entry in the form that httpx reads; empty, and said, where it would refuse to make a client."""
    if bracketed := re.fullmatch(r"\[([^\]]+)\](?::\d+)?", entry):
        entry = bracketed[1]
    try:
        if ":" in entry and not re.fullmatch(r"[^:]*:\d+|[\w+.-]+://.*", entry):
            ipaddress.IPv6Address(entry)
        return entry if entry.isascii() else entry.encode("idna").decode("ascii")
    except ValueError:
        _log(f"{name} has the entry {entry}, which CachiBot cannot read and ignores.")
        return ""


def _name_known_schemes(environ: MutableMapping[str, str]) -> None:
    for name in (name for scheme in _SCHEMES for name in _both_cases(f"{scheme}_proxy")):
        scheme, separator, rest = environ.get(name, "").partition("://")
        known = _SOCKS.get(scheme.lower())
        if separator and known:
            environ[name] = f"{known}://{rest}"
            if scheme.lower() != "socks":
                _log(f"{name} names a {scheme} proxy. CachiBot speaks {known} to it.")


def _drop_unusable_certificates(environ: MutableMapping[str, str]) -> None:
    for name in CERTIFICATES:
        path = environ.get(name)
        if not path:
            continue
        try:
            _check_certificates(name, path)
        except (OSError, ValueError) as problem:
            del environ[name]
            reason = getattr(problem, "strerror", None) or problem
            _log(f"{name} names {path}, which cannot be used ({reason}). CachiBot ignores this variable.")


def _check_certificates(name: str, path: str) -> None:
    if name == "SSL_CERT_DIR":
        # OpenSSL takes a list, and skips what is missing.
        folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_dir()]
        list(Path(folders[0] if folders else path).iterdir())
    elif name != "SSL_CERT_FILE" and Path(path).is_dir():
        list(Path(path).iterdir())
    else:
        import ssl

        # Reads and parses the file, as the libraries will.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)


def _both_cases(name: str) -> tuple[str, str]:
    return name, name.upper()


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
