"""Writes the stack traces of a server that hangs to a file, for the diagnostic report.

Python's faulthandler waits in a thread that needs neither the event loop nor the
interpreter's lock, so it works even if both are blocked for ever, for example by a regular
expression. As long as the event loop runs, it resets faulthandler's timer, and nothing is
written.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..files import restrict_to_owner

HANG_SECONDS = 10.0
"""The event loop hangs if it has not run for this long."""

STALL_SECONDS = 20.0
"""The startup hangs if it has not progressed for this long, even if the event loop runs."""

RESET_SECONDS = 1.0

MAX_BYTES = 256 * 1024
"""Size of the file at which its older half is removed. One hang takes about 20 kB."""


class Watchdog:
    """Starts to watch when it is created. Does nothing without a file, or if the file cannot be written."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._handle = None if file is None else _open(file)
        self._reset()

    async def run(self, progress: Callable[[], int | None]) -> None:
        """Reset the timer as long as the event loop runs, and report a startup that hangs.

        `progress` returns a number that changes while the startup progresses, and None after it.
        """
        import asyncio  # not before the port is bound

        beat = moved = time.monotonic()
        seen = progress()
        while self._handle is not None:
            before = self._size()
            self._reset()
            await asyncio.sleep(RESET_SECONDS)
            silent, beat = time.monotonic() - beat, time.monotonic()
            if self._size() > before:
                self._report(f"The server didn't respond for {silent:.0f} s.")
                moved = beat  # do not report the same hang as a startup that hangs
            count = progress()
            if count != seen or count is None:
                seen, moved = count, beat
            elif beat - moved > STALL_SECONDS:
                faulthandler.dump_traceback(self._handle)
                self._report(f"The startup hasn't progressed for {beat - moved:.0f} s.")
                moved = float("inf")  # no second report until the startup progresses

    def stop(self) -> None:
        """Cancel the timer."""
        faulthandler.cancel_dump_traceback_later()

    def _reset(self) -> None:
        if self._handle is not None:
            faulthandler.dump_traceback_later(HANG_SECONDS, file=self._handle)

    def _size(self) -> int:
        return 0 if self._handle is None else os.fstat(self._handle).st_size

    def _report(self, message: str) -> None:
        """Log a message with the name of the file, and append it with the time to the file."""
        assert self._file is not None, "it has been written to"
        assert self._handle is not None, "it has been written to"
        line = f"{message} The stack traces are in {self._file.name}."
        # If the disk is full, the server continues without this line.
        with contextlib.suppress(OSError):
            os.write(self._handle, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n\n".encode())
            _trim(self._file, self._handle)
        _log(line)


def _open(file: Path) -> int | None:
    """Open the file to append to it: it may contain a hang of the previous run of the server."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        restrict_to_owner(file)
        _trim(file, handle)
    except OSError as problem:
        _log(f"If the server hangs, no stack traces are written: {file} can't be written ({problem.strerror}).")
        return None
    return handle


def _trim(file: Path, handle: int) -> None:
    if os.fstat(handle).st_size > MAX_BYTES:
        newer = file.read_bytes()[-MAX_BYTES // 2 :]
        os.ftruncate(handle, 0)
        os.write(handle, newer)


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
