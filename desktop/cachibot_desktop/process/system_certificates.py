"""Lets the system's certificate store decide whom to trust, for httpx, requests, aiohttp and urllib alike.

httpx and requests bring those of certifi, which has no company's. aiohttp and urllib look into the folder of the
machine that built OpenSSL, which another system may not have. All of them make their TLS contexts from
`ssl.SSLContext`, so one class in its place serves all.
"""

from __future__ import annotations

import contextlib
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


def trust_system() -> None:
    """Make each TLS context of this process, from now on, trust what the system trusts, beside what it is given.

    Call it before urllib3 is imported, which keeps the class it finds. `truststore.inject_into_ssl` would first import
    urllib3 and requests, which takes a tenth of a second.
    """
    import truststore

    if sys.platform not in ("win32", "darwin"):
        _read_files_once()
    ssl.SSLContext = truststore.SSLContext  # type: ignore[assignment,misc]


def _read_files_once() -> None:
    """Read the system's certificates once for each context, where truststore reads them at each connection (20 ms).

    Windows and macOS keep truststore's way: there the system itself verifies each connection.
    """
    import truststore
    from truststore import _api

    api: Any = _api
    read: Callable[[ssl.SSLContext], AbstractContextManager[None]] = api._configure_context

    @contextlib.contextmanager
    def read_once(context: Any) -> Iterator[None]:
        if not getattr(context, "has_system_certificates", False):
            with read(context):
                _add_fallback(context)
            context.has_system_certificates = True
        yield

    def cert_store_stats(self: Any) -> dict[str, int]:
        with read_once(self._ctx):
            stats: dict[str, int] = self._ctx.cert_store_stats()
        return stats

    api._configure_context = read_once
    truststore.SSLContext.cert_store_stats = cert_store_stats  # type: ignore[method-assign]


def _add_fallback(context: ssl.SSLContext) -> None:
    """Give certifi's certificates to a context that has none, on a system without any."""
    folder = ssl.get_default_verify_paths().capath
    # From a folder OpenSSL reads a certificate when it needs it, and counts none before.
    if context.cert_store_stats()["x509_ca"] or (folder is not None and any(Path(folder).iterdir())):
        return
    import certifi

    context.load_verify_locations(cafile=certifi.where())
