"""Imports deferred packages and analyses pending routes in idle moments, so that their first use does not wait."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from ..gateway.activity import Activity
from ..patches.live_settings import current_model
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
"""Deferred packages by the provider whose models prompture reaches with them. The import takes up to 0.6 s.

The keys are prompture's first names: it has others for the same providers, too.
"""

_logger = logging.getLogger(__name__)


async def run(app: Any, activity: Activity) -> None:
    """Import and analyse, one after the other, while `activity` is idle. A broken package or route is logged."""
    await asyncio.sleep(DELAY_SECONDS)
    for package in _packages(app):
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
            _logger.exception("CachiBot's endpoint %s cannot be used.", route.path)
        await _rest(time.perf_counter() - began)
    # As after the start: what exists now lives as long as the server.
    gc.freeze()


def _packages(app: Any) -> Iterator[str]:
    yield from SOON_USED
    package = PACKAGE_OF_PROVIDER.get(_provider(app))
    if package is not None:
        yield package


def _provider(app: Any) -> str:
    """Return prompture's first name of the provider of the default model, which may be written with another one."""
    from cachibot.config import Config
    from prompture.drivers.provider_descriptors import PROVIDER_DESCRIPTOR_MAP

    model = current_model(Config.load(workspace=app.state.workspace))
    name = model.partition("/")[0].lower()
    descriptor = PROVIDER_DESCRIPTOR_MAP.get(name)
    return name if descriptor is None else descriptor.alias_for or name


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
        except BaseException:  # code in Rust raises exceptions that are not an Exception
            _logger.exception("The package %s cannot be used.", package)
        finally:
            with contextlib.suppress(RuntimeError):  # the server has shut down, and the loop is closed
                loop.call_soon_threadsafe(done.set)

    # A daemon thread, not the loop's executor: the shutdown must not wait for it.
    thread = threading.Thread(target=load, name="idle import", daemon=True)
    try:
        thread.start()
    except RuntimeError as problem:  # the system allows no more threads
        _logger.warning("The package %s is imported when it is used: %s", package, problem)
        return
    await done.wait()
