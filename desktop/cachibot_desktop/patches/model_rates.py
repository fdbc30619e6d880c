"""Prices of models are fetched beside the work, not in its way.

prompture fetches a price list from models.dev at the first use of any model, with a
timeout of 15 s, in the event loop: the first chat, or the settings page, stops the whole
server for that long where the network swallows packets.

Here the event loop never fetches: it gets what an earlier fetch has left on the disk,
and a thread fetches meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Make prompture's loader answer at once when the event loop asks."""
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
    flaw="the first chat or GET /api/models stops all requests for up to 15 s",
    versions="0.3.0 with prompture 1.0.51",
    apply=apply,
)
