"""Reads the proxy settings of Windows and macOS."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SystemProxy:
    """The system's proxy settings."""

    urls: Mapping[str, str] = field(default_factory=dict)
    """Proxy URL for each scheme, `http` and `https`."""
    exceptions: tuple[str, ...] = ()
    """Hosts to connect to directly, as entries of `NO_PROXY`."""


def read() -> SystemProxy:
    """Return the settings of Windows or macOS; empty on Linux, where each desktop stores its settings differently.

    Automatic configuration (PAC) is ignored: only a browser engine can evaluate its script.
    """
    if sys.platform == "win32":
        from urllib.request import getproxies_registry

        return SystemProxy(_http_and_https(getproxies_registry()), no_proxy_entries(_windows_exceptions()))
    if sys.platform == "darwin":
        from _scproxy import _get_proxy_settings
        from urllib.request import getproxies_macosx_sysconf

        exceptions = _get_proxy_settings().get("exceptions", ())
        return SystemProxy(_http_and_https(getproxies_macosx_sysconf()), no_proxy_entries(exceptions))
    return SystemProxy()


def no_proxy_entries(exceptions: Iterable[str | None]) -> tuple[str, ...]:
    """Convert exceptions of the systems, such as `*.example.com`, `10.*` and `169.254/16`, to entries of `NO_PROXY`.

    An exception that `NO_PROXY` cannot express, such as `<local>`, is dropped.
    """
    return tuple(entry for entry in (_no_proxy_entry((text or "").strip()) for text in exceptions) if entry)


def _no_proxy_entry(text: str) -> str:
    if network := re.fullmatch(r"(\d{1,3}(?:\.\d{1,3}){0,2})(?:\.\*)+", text):
        octets = network[1].split(".")
        return f"{'.'.join([*octets, '0', '0', '0'][:4])}/{8 * len(octets)}"
    if network := re.fullmatch(r"(\d{1,3}(?:\.\d{1,3}){0,3})/(\d{1,2})", text):
        return f"{'.'.join([*network[1].split('.'), '0', '0', '0'][:4])}/{network[2]}"
    text = text.removeprefix("*") if text.startswith("*.") else text
    return "" if re.search(r"[*<>]", text) else text


def _http_and_https(urls: Mapping[str, str]) -> dict[str, str]:
    return {scheme: urls[scheme] for scheme in ("http", "https") if urls.get(scheme)}


def _windows_exceptions() -> list[str]:
    if sys.platform == "win32":
        import winreg

        settings = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, settings) as key:
                return str(winreg.QueryValueEx(key, "ProxyOverride")[0]).split(";")
        except OSError:
            pass  # there are no exceptions
    return []
