"""Ends a run in which no test finishes any more: once, the workers of a run under wine waited for work for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import pytest

POLL_SECONDS = 1.0


class StallLimit:
    """A plug-in for the process that starts the workers. Calls `end` with the unfinished tests after `seconds`."""

    def __init__(self, seconds: float, end: Callable[[list[str]], None]) -> None:
        self._seconds = seconds
        self._end = end
        self._unfinished: dict[str, None] = {}
        self._last_finished = time.monotonic()
        threading.Thread(target=self._watch, name="stall limit", daemon=True).start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Each worker reports all tests, the last worker perhaps after the first results of another."""
        if not self._unfinished:
            self._unfinished.update(dict.fromkeys(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self._unfinished.pop(report.nodeid, None)
            self._last_finished = time.monotonic()

    def _watch(self) -> None:
        while time.monotonic() - self._last_finished < self._seconds:
            time.sleep(POLL_SECONDS)
        self._end(list(self._unfinished))
