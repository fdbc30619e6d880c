"""When the server ends, and that it does: signals, stdin, the shell's death, a bounded stop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from . import family, parent, stdin
from .codes import Exit

FINISH_SECONDS = 5.0
"""What runs may take this long to finish once the stop is asked for."""

SHUTDOWN_SECONDS = 3.0
"""Then closing connections, cachibot's own shutdown and the SQLite checkpoint may take this long."""


class Life:
    """One server's life. Whatever hangs, it ends `FINISH_SECONDS + SHUTDOWN_SECONDS` after the asking."""

    def __init__(self) -> None:
        self._asked = False
        self._wake = threading.Event()
        self._finished = threading.Event()
        self._begin_shutdown: Callable[[], None] | None = None
        self._last_act: Callable[[], None] | None = None

    @property
    def ending(self) -> bool:
        """Whether the stop has been asked for."""
        return self._asked

    def begin(self, parent_pid: int | None) -> None:
        """Listen from now on to everything that may end the server. Main thread only."""
        # The thread exists before the first signal: starting one inside a handler can deadlock.
        threading.Thread(target=self._end_when_asked, name="life", daemon=True).start()
        for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        family.adopt()
        parent.watch(parent_pid, lambda: self.ask("the app is gone"))
        handle = stdin.take_stdin()
        if handle is not None:
            stdin.watch(handle, lambda: self.ask("the app has closed our stdin"))

    def ask(self, why: str) -> None:
        """Ask for the stop; only the first time counts. Safe from any thread and from signal handlers."""
        if self._asked:
            return
        self._asked = True
        _say(f"Stopping: {why}.")
        self._wake.set()

    def on_ask(self, begin_shutdown: Callable[[], None]) -> None:
        """Have `begin_shutdown` called, from another thread, once the stop is asked for.

        Before this is set a stop has nothing to wait for and is immediate. The one who
        sets it calls `finished` when the shutdown is done.
        """
        self._begin_shutdown = begin_shutdown
        if self._asked:
            begin_shutdown()

    def when_cut_short(self, last_act: Callable[[], None]) -> None:
        """Have `last_act` called, from another thread, if the shutdown does not end in time."""
        self._last_act = last_act

    def finished(self) -> None:
        """The clean shutdown is done; nothing is left to wait for."""
        self._finished.set()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.ask(f"received {signal.Signals(number).name}")

    def _end_when_asked(self) -> None:
        self._wake.wait()
        if self._begin_shutdown is not None:
            self._begin_shutdown()
            if not self._finished.wait(FINISH_SECONDS + SHUTDOWN_SECONDS):
                _say("The shutdown took too long and was cut short.")
                if self._last_act is not None:
                    self._last_act()
        leave(Exit.CLEAN)


def leave(code: Exit) -> NoReturn:
    """End everything we started and then this process, whatever threads remain in it."""
    try:
        family.end_remains()
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception as problem:
        # We must go even when the process table or a closed pipe will not play along.
        _say(f"While leaving: {problem!r}")
    finally:
        os._exit(code)


def _say(line: str) -> None:
    """One line on stderr by a bare write: usable in a signal handler, and when the pipe is closed."""
    # When the reader is gone, so is everyone who could have been told.
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode())
