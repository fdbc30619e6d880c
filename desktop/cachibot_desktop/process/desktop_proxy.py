"""Applies the proxy of the desktop's settings, which only Chromium can read, to the variables that libraries read.

Chromium knows the settings of GNOME, KDE, Windows and macOS, and evaluates a script that decides for each address
(PAC). The shell asks it about the addresses below, and reports the answers to the running server, again when they
change. The variables name one proxy for a scheme, and exceptions from it, such as an address that is reached directly.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from urllib.parse import urlsplit

from . import network_environment, system_proxy
from .system_proxy import SystemProxy

ELSEWHERE = ("https://www.example.com", "http://www.example.com")
"""Stand for every address that is not known beforehand. Nothing is sent there."""

PROVIDERS = (
    "https://api.anthropic.com",
    "https://api.elevenlabs.io",
    "https://api.groq.com",
    "https://api.moonshot.ai",
    "https://api.moonshot.cn",
    "https://api.openai.com",
    "https://api.stability.ai",
    "https://api.x.ai",
    "https://api.z.ai",
    "https://api-inference.modelscope.cn",
    "https://cachibot.ai",
    "https://generativelanguage.googleapis.com",
    "https://openrouter.ai",
)

Routes = Mapping[str, str | None]
"""The proxy's URL for each address; None for one that is reached directly."""

_ENDPOINT = re.compile(r".*_(ENDPOINT|URL|BASE|HOST)", re.IGNORECASE)
_LOOPBACK = re.compile(r"localhost|127\.[\d.]+|::1", re.IGNORECASE)


class DesktopProxy:
    """Keeps the proxy variables of an environment in step with the desktop's settings. The caller's variables win."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Remember the caller's variables: call it before anything of ours changes them."""
        self._environ = environ
        self._of_caller = {
            name: environ[name] for name in network_environment.PROXY_VARIABLES if environ.get(name) is not None
        }
        self._routes: Routes | None = None

    def replace_callers(self, variables: Mapping[str, str]) -> None:
        """Let these variables count as the caller's from now on."""
        if variables == self._of_caller:
            return
        self._of_caller = dict(variables)
        routes, self._routes = self._routes, None
        if routes is not None:
            self.apply(routes)

    def addresses(self) -> list[str]:
        """Return the addresses whose routes the server needs: scheme, host and port, without credentials or path."""
        return list(dict.fromkeys([*ELSEWHERE, *PROVIDERS, *self._endpoints()]))

    def apply(self, routes: Routes) -> None:
        """Make `routes` count for every client of a library that is made from now on."""
        if routes == self._routes:
            return
        self._routes = dict(routes)
        found, ignored = combine(routes)
        variables = dict(self._of_caller)
        network_environment.prepare_proxies(variables, found)
        changed = False
        for name in network_environment.PROXY_VARIABLES:
            if self._environ.get(name) == variables.get(name):
                continue
            changed = True
            if name in variables:
                self._environ[name] = variables[name]
            else:
                del self._environ[name]
        if changed:
            _log_change(found, ignored)

    def _endpoints(self) -> Iterator[str]:
        for name, value in list(self._environ.items()):
            if _ENDPOINT.fullmatch(name) and (address := _origin_of(value)):
                yield address


def combine(routes: Routes) -> tuple[SystemProxy, dict[str, str]]:
    """Return one proxy for each scheme with the exceptions from it, and the addresses that have another proxy."""
    urls: dict[str, str] = {}
    for address, proxy in routes.items():
        if proxy is not None:
            urls.setdefault(urlsplit(address).scheme, proxy)
    direct: list[str] = []
    ignored: dict[str, str] = {}
    for address, proxy in routes.items():
        parts = urlsplit(address)
        if proxy is None and parts.scheme in urls and parts.hostname:
            direct.append(parts.hostname)
        elif proxy is not None and proxy != urls[parts.scheme]:
            ignored[address] = proxy
    # Exceptions that are patterns are known there only.
    exceptions = dict.fromkeys([*direct, *system_proxy.read().exceptions]) if urls else ()
    return SystemProxy(urls, tuple(exceptions)), ignored


def _origin_of(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or _LOOPBACK.fullmatch(host):
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if port is None else f":{port}")


def _log_change(found: SystemProxy, ignored: Mapping[str, str]) -> None:
    named = ", ".join(f"{url} for {scheme}" for scheme, url in found.urls.items())
    print(f"Proxy of the desktop's settings: {named or 'none'}.", file=sys.stderr, flush=True)
    for address, proxy in ignored.items():
        print(f"{address} has another proxy ({proxy}), which CachiBot does not use.", file=sys.stderr, flush=True)
