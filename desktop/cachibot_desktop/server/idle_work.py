"""Imports deferred packages and analyses pending routes in idle moments, so that their first use does not wait."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from ..gateway.activity import Activity
from . import lazy_imports, lazy_routes

DELAY_SECONDS = 5.0
"""Time after the start that belongs to the page, which sends its initial requests."""

SHARE = 0.1
"""Part of the time that this work may use. One route takes some milliseconds."""

BUSY_SECONDS = 0.5
"""Interval in which it is checked whether running work has finished."""

SOON_USED = ("email_validator", "jsonschema", "requests", "yaml")
"""Small deferred packages that the page or a message needs: 5 MB. The others would double the server's memory."""

PACKAGE_OF_PROVIDER = {
    "azure": "openai",
    "claude": "anthropic",
    "google": "google.genai",
    "groq": "groq",
    "openai": "openai",
}
"""Deferred packages by the provider whose models prompture reaches with them. The import takes up to 0.6 s."""


async def run(app: Any, activity: Activity) -> None:
    """Import and analyse, one after the other, while `activity` is idle. A broken package or route is logged."""
    await asyncio.sleep(DELAY_SECONDS)
    for package in _packages():
        await _wait_until_idle(activity)
        began = time.perf_counter()
        await _import(package)
        await _rest(time.perf_counter() - began)
    for route in lazy_routes.pending(app):
        await _wait_until_idle(activity)
        began = time.perf_counter()
        try:
            lazy_routes.analyse(route)
        except Exception:
            logging.getLogger(__name__).exception("CachiBot's endpoint %s cannot be used.", route.path)
        await _rest(time.perf_counter() - began)
    # As after the start: what exists now lives as long as the server.
    gc.freeze()


def _packages() -> Iterator[str]:
    yield from SOON_USED
    model = os.environ.get("CACHIBOT_DEFAULT_MODEL") or os.environ.get("CACHIBOT_MODEL") or ""
    package = PACKAGE_OF_PROVIDER.get(model.partition("/")[0].lower())
    if package is not None:
        yield package


async def _wait_until_idle(activity: Activity) -> None:
    while not activity.idle:  # noqa: ASYNC110 - cachibot emits no event when a job ends
        await asyncio.sleep(BUSY_SECONDS)


async def _rest(used_seconds: float) -> None:
    await asyncio.sleep(used_seconds * (1 / SHARE - 1))


async def _import(package: str) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def load() -> None:
        try:
            lazy_imports.load_package(package)
        except Exception:
            logging.getLogger(__name__).exception("The package %s cannot be used.", package)
        loop.call_soon_threadsafe(done.set)

    # A daemon thread, not the loop's executor: the shutdown must not wait for it.
    threading.Thread(target=load, name="idle import", daemon=True).start()
    await done.wait()
