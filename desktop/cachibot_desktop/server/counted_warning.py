"""A warning about something that anyone on this machine can cause, as often as they like."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

INTERVAL_SECONDS = 60.0


class CountedWarning:
    """Logs the first event immediately, and later events once in `INTERVAL_SECONDS`, with their number."""

    def __init__(self, logger: str, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logging.getLogger(logger)
        self._text = text
        self._clock = clock
        self._events = 0
        self._next = clock()

    def count(self, detail: object) -> None:
        """Count an event. `detail` appears in the log if this event is the one that is logged."""
        self._events += 1
        if self._clock() < self._next:
            return
        self._logger.warning("%s: %s (%d since the last message).", self._text, detail, self._events)
        self._events = 0
        self._next = self._clock() + INTERVAL_SECONDS
