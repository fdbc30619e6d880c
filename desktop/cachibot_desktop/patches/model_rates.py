"""Fetches the prices of models in a thread instead of in the event loop.

prompture fetches a price list from models.dev at the first use of any model, with a
timeout of 15 s, in the event loop: if the network drops packets, the first chat or the
settings page blocks the whole server for that time.

Here the event loop uses the list of an earlier fetch from the disk, and a thread fetches
a new one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Make prompture's loader return immediately if it is called in the event loop."""
    from prompture.infra import model_rates

    load: Callable[[], dict[str, Any] | None] = model_rates._ensure_loaded
    read_last: Callable[[], dict[str, Any] | None] = model_rates._read_cache
    fetching = threading.Event()

    def ensure_loaded() -> dict[str, Any] | None:
        if model_rates._loaded or not _in_event_loop():
            return load()
        if not fetching.is_set():
            fetching.set()
            threading.Thread(target=load, name="model rates", daemon=True).start()
        return read_last()

    model_rates._ensure_loaded = ensure_loaded


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


PATCH = Patch(
    name="model rates",
    flaw="the first chat or GET /api/models blocks all requests for up to 15 s",
    versions="0.3.0 with prompture 1.0.51",
    apply=apply,
)
