"""Analyses the routes that no request has used yet, in idle moments after the start, so that no first request waits."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from typing import Any

from ..gateway.activity import Activity
from . import lazy_routes

DELAY_SECONDS = 5.0
"""Time after the start that belongs to the page, which sends its initial requests."""

SHARE = 0.1
"""Part of the time that the analysis may use. One route takes some milliseconds."""

BUSY_SECONDS = 0.5
"""Interval in which it is checked whether running work has finished."""


async def run(app: Any, activity: Activity) -> None:
    """Analyse the pending routes of an application one by one while `activity` is idle."""
    await asyncio.sleep(DELAY_SECONDS)
    for route in lazy_routes.pending(app):
        while not activity.idle:  # noqa: ASYNC110 - cachibot emits no event when a job ends
            await asyncio.sleep(BUSY_SECONDS)
        began = time.perf_counter()
        try:
            lazy_routes.analyse(route)
        except Exception:
            logging.getLogger(__name__).exception("CachiBot's endpoint %s cannot be used.", route.path)
        await asyncio.sleep((time.perf_counter() - began) * (1 / SHARE - 1))
    # As after the start: what exists now lives as long as the server.
    gc.freeze()
