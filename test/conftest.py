"""Writes the results of a run for `scripts/test.mjs` into the file that CACHIBOT_TEST_RESULTS names.

CACHIBOT_TEST_STALL_SECONDS ends a run in which no test finishes for so long.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from stall_limit import StallLimit
from systems import NEEDS_WINDOWS, NOT_HERE

_worst: dict[str, tuple[str, str]] = {}
"""Of each test: its outcome and what went wrong. Set-up, call and teardown each report; the worst counts."""


def pytest_configure(config: pytest.Config) -> None:
    """In each process."""
    seconds = float(os.environ.get("CACHIBOT_TEST_STALL_SECONDS", "0"))
    if seconds > 0 and not hasattr(config, "workerinput"):
        limit = StallLimit(seconds, lambda unfinished: _end_stalled_run(unfinished, seconds, config))
        config.pluginmanager.register(limit)


def _end_stalled_run(unfinished: list[str], seconds: float, config: pytest.Config) -> None:
    why = f"no test has finished for {seconds:.0f} s, so the run was ended."
    names = unfinished or ["pytest"]
    _worst.update(dict.fromkeys(names, ("failed", f"Has not finished: {why}")))
    _write_results(aborted=True)
    # At once: the time limit of the job may leave no time for a summary.
    terminal = config.get_terminal_writer()
    for line in ("", f"These tests have not finished: {why}", *names):
        terminal.line(line)
    terminal.flush()
    os._exit(1)  # the workers notice that, and exit


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Set-up, call and teardown of a test."""
    _note(report.nodeid, report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that does not load."""
    if report.failed:
        _note(report.nodeid, report)


def _note(name: str, report: pytest.TestReport | pytest.CollectReport) -> None:
    before, _ = _worst.get(name, ("passed", ""))
    if report.failed:
        _worst[name] = ("failed", report.longreprtext)
    elif report.skipped and before != "failed":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        _worst[name] = ("skipped", reason.removeprefix("Skipped: "))
    else:
        _worst.setdefault(name, ("passed", ""))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Once, in the process that started the workers."""
    if not hasattr(session.config, "workerinput"):
        _write_results()


def _write_results(*, aborted: bool = False) -> None:
    file = os.environ.get("CACHIBOT_TEST_RESULTS")
    if file is None:
        return
    skipped = {name: reason for name, (outcome, reason) in _worst.items() if outcome == "skipped"}
    # Linux can run all of the others.
    not_here = (NEEDS_WINDOWS,) if sys.platform == "linux" else (NEEDS_WINDOWS, NOT_HERE)
    elsewhere = [name for name, why in skipped.items() if why.startswith(not_here)]
    results = {
        "passed": sum(outcome == "passed" for outcome, _ in _worst.values()),
        "failed": [{"name": name, "detail": why} for name, (outcome, why) in _worst.items() if outcome == "failed"],
        "skipped": [name for name in skipped if name not in elsewhere],
        "elsewhere": elsewhere,
        "retried": [],
        "rows": [],
        "aborted": aborted,
    }
    Path(file).write_text(json.dumps(results), encoding="utf-8")
