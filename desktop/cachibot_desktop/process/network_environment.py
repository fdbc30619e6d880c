"""Corrects the proxy and certificate variables of the server's process.

The providers' libraries read these variables each time they create a client. A single
unusable value makes every request fail, even to a model on this computer.
child_environment.py restores the caller's values for the server's children.
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
"""Variables that name trusted certificates. They replace the certificates that the libraries include."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_SCHEMES = ("http", "https", "all")

PROXY_VARIABLES = tuple(name for prefix in (*_SCHEMES, "no") for name in (f"{prefix}_proxy", f"{prefix}_proxy".upper()))

_SOCKS = {"socks": "socks5", "socks4": "socks5", "socks4a": "socks5h"}
"""Schemes that httpx rejects, with replacements. GNOME's settings use `socks`, those of Windows `socks4`."""


def prepare(environ: MutableMapping[str, str], system: SystemProxy | None = None) -> None:
    """Make the variables in `environ` usable for the libraries, and bypass the proxy for loopback.

    If `environ` does not name a proxy, the system's proxy settings are copied into it; `system` replaces these settings
    in tests. They count until the shell reports the desktop's settings (desktop_proxy.py). They must be copied because
    Python ignores them as soon as `NO_PROXY` is set.
    """
    _drop_unusable_certificates(environ)
    prepare_proxies(environ, system)


def prepare_proxies(environ: MutableMapping[str, str], system: SystemProxy | None = None) -> None:
    """Do the part of `prepare` that concerns proxies."""
    exceptions: tuple[str, ...] = ()
    if not any(environ.get(name) for scheme in _SCHEMES for name in _both_cases(f"{scheme}_proxy")):
        found = system_proxy.read() if system is None else system
        exceptions = found.exceptions
        for scheme, url in found.urls.items():
            for name in _both_cases(f"{scheme}_proxy"):
                environ[name] = url
    _normalize_proxy_schemes(environ)
    _bypass_proxy_for_loopback(environ, exceptions)


def _bypass_proxy_for_loopback(environ: MutableMapping[str, str], exceptions: tuple[str, ...]) -> None:
    lower, upper = environ.get("no_proxy"), environ.get("NO_PROXY")
    # An empty value counts as set. Python prefers the lower-case name.
    callers = {"no_proxy": upper if lower is None else lower, "NO_PROXY": lower if upper is None else upper}
    for name, value in callers.items():
        entries = [
            entry for text in (value or "").split(",") if (entry := _normalize_no_proxy_entry(name, text.strip()))
        ]
        # urllib accepts `*` only as the whole value.
        environ[name] = "*" if "*" in entries else ",".join(dict.fromkeys([*entries, *exceptions, *LOOPBACK]))


def _normalize_no_proxy_entry(name: str, entry: str) -> str:
    """Return the entry in a form that httpx accepts. Log and return "" if httpx would fail to create a client."""
    if bracketed := re.fullmatch(r"\[([^\]]+)\](?::\d+)?", entry):
        entry = bracketed[1]
    try:
        if ":" in entry and not re.fullmatch(r"[^:]*:\d+|[\w+.-]+://.*", entry):
            ipaddress.IPv6Address(entry)
        return entry if entry.isascii() else entry.encode("idna").decode("ascii")
    except ValueError:
        _log(f"{name} has the entry {entry}, which CachiBot can't use and ignores.")
        return ""


def _normalize_proxy_schemes(environ: MutableMapping[str, str]) -> None:
    for name in (name for scheme in _SCHEMES for name in _both_cases(f"{scheme}_proxy")):
        scheme, separator, rest = environ.get(name, "").partition("://")
        known = _SOCKS.get(scheme.lower())
        if separator and known:
            environ[name] = f"{known}://{rest}"
            if scheme.lower() != "socks":
                _log(f"{name} names a {scheme} proxy. CachiBot uses {known} instead.")


def _drop_unusable_certificates(environ: MutableMapping[str, str]) -> None:
    # Users who need a file of their own set several variables to it, and to check a file takes 20 ms.
    usable_files: set[str] = set()
    for name in CERTIFICATES:
        path = environ.get(name)
        if not path or (name != "SSL_CERT_DIR" and path in usable_files):
            continue
        try:
            _check_certificates(name, path)
            if name != "SSL_CERT_DIR":
                usable_files.add(path)
        except (OSError, ValueError) as problem:
            del environ[name]
            reason = getattr(problem, "strerror", None) or problem
            _log(f"{name} names {path}, which can't be used ({reason}). CachiBot ignores this variable.")


def _check_certificates(name: str, path: str) -> None:
    if name == "SSL_CERT_DIR":
        # OpenSSL accepts a list of folders, and skips missing ones.
        folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_dir()]
        list(Path(folders[0] if folders else path).iterdir())
    elif name != "SSL_CERT_FILE" and Path(path).is_dir():
        list(Path(path).iterdir())
    else:
        import ssl

        # This reads and parses the file, as the libraries do.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)


def _both_cases(name: str) -> tuple[str, str]:
    return name, name.upper()


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
