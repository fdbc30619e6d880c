"""Writes where the server hangs when it does not respond, for the report.

Python's faulthandler waits in a thread that needs neither the event loop nor the
interpreter's lock, so it also sees what holds both for ever, such as a regular expression
gone wild. While all is well the loop puts it off, again and again, and nothing is written.
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

from ..files import close_to_others

HANG_SECONDS = 10.0
"""A loop that has not run for so long hangs."""

STALL_SECONDS = 20.0
"""A start that has not moved for so long hangs, even if the loop beside it runs."""

BEAT_SECONDS = 1.0

KEPT_BYTES = 256 * 1024
"""Of more than this only the newer half is kept. One hang takes some 20 kB."""


class Watch:
    """Begins at once. Does nothing without a file, or when that cannot be written."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._handle = None if file is None else _open(file)
        self._reset()

    async def keep(self, progress: Callable[[], int | None]) -> None:
        """Put the writing off for as long as the event loop runs and the start moves.

        `progress` returns a number that changes while the start moves, None when it is over.
        """
        import asyncio  # not before the port is bound

        beat = moved = time.monotonic()
        seen = progress()
        while self._handle is not None:
            before = self._size()
            self._reset()
            await asyncio.sleep(BEAT_SECONDS)
            silent, beat = time.monotonic() - beat, time.monotonic()
            if self._size() > before:
                self._tell(f"The server did not answer for {silent:.0f} s; where it stood is in")
                moved = beat  # one hang, one report
            count = progress()
            if count != seen or count is None:
                seen, moved = count, beat
            elif beat - moved > STALL_SECONDS:
                faulthandler.dump_traceback(self._handle)
                self._tell(f"The start has not moved for {beat - moved:.0f} s; where it stands is in")
                moved = float("inf")  # once is enough, until it moves again

    def end(self) -> None:
        """Write nothing any more."""
        faulthandler.cancel_dump_traceback_later()

    def _reset(self) -> None:
        if self._handle is not None:
            faulthandler.dump_traceback_later(HANG_SECONDS, file=self._handle)

    def _size(self) -> int:
        return 0 if self._handle is None else os.fstat(self._handle).st_size

    def _tell(self, what: str) -> None:
        """Say it on stderr, and with the time below what was written, which tells none itself."""
        assert self._file is not None, "it has been written to"
        assert self._handle is not None, "it has been written to"
        line = f"{what} {self._file.name}."
        # A disk that is full by now takes nothing of this, and the server goes on all the same.
        with contextlib.suppress(OSError):
            os.write(self._handle, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n\n".encode())
            _shorten(self._file, self._handle)
        _say(line)


def _open(file: Path) -> int | None:
    """Open for appending: what the server before this one did not live to report is kept."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        close_to_others(file)
        _shorten(file, handle)
    except OSError as problem:
        _say(f"Where the server stands when it hangs will not be known: {file} cannot be written ({problem.strerror}).")
        return None
    return handle


def _shorten(file: Path, handle: int) -> None:
    if os.fstat(handle).st_size > KEPT_BYTES:
        newer = file.read_bytes()[-KEPT_BYTES // 2 :]
        os.ftruncate(handle, 0)
        os.write(handle, newer)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
