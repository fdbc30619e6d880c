"""When the server ends, and that it does: signals, stdin, the shell's death, a bounded stop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from ..exit_codes import Exit
from . import parent, stdin

FINISH_SECONDS = 5.0
"""Running work may take this long to finish after the request to stop."""

SHUTDOWN_SECONDS = 3.0
"""Then closing connections, cachibot's own shutdown and the SQLite checkpoint may take this long."""

ALONE_SECONDS = 1.0
"""All of it when the app is gone: nobody waits for what runs, and nobody is there to end us if we do not."""

LOOK_SECONDS = 0.05


class Shutdown:
    """One server's life. Whatever hangs, it ends `FINISH_SECONDS + SHUTDOWN_SECONDS` after the asking.

    Without its app it ends sooner: `ALONE_SECONDS` after that is gone.
    """

    def __init__(self) -> None:
        self._asked = False
        self._wake = threading.Event()
        self._finished = threading.Event()
        self._begin_shutdown: Callable[[], None] | None = None
        self._last_act: Callable[[], None] | None = None
        self._app_lives: Callable[[], bool] = lambda: True

    @property
    def alone(self) -> bool:
        """Whether the app is gone."""
        return not self._app_lives()

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
        from . import descendants

        descendants.become_subreaper()
        self._app_lives = parent.watch(parent_pid, lambda: self.ask("the app is gone"))
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

    def on_request(self, begin_shutdown: Callable[[], None]) -> None:
        """Have `begin_shutdown` called, from another thread, once the stop is asked for.

        Before this is set a stop has nothing to wait for and is immediate. The one who
        sets it calls `finished` when the shutdown is done.
        """
        self._begin_shutdown = begin_shutdown
        if self._asked:
            begin_shutdown()

    def on_timeout(self, last_act: Callable[[], None]) -> None:
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
            if not self._wait_until_finished():
                _say("The shutdown took too long and was cut short.")
                if self._last_act is not None:
                    self._last_act()
        exit_process(Exit.CLEAN)

    def _wait_until_finished(self) -> bool:
        asked = time.monotonic()
        alone: float | None = None
        while not self._finished.wait(LOOK_SECONDS):
            now = time.monotonic()
            if alone is None and self.alone:
                alone = now
            if now > asked + FINISH_SECONDS + SHUTDOWN_SECONDS or (alone is not None and now > alone + ALONE_SECONDS):
                return False
        return True


def exit_process(code: Exit) -> NoReturn:
    """End everything we started and then this process, whatever threads remain in it."""
    try:
        from . import descendants

        descendants.kill_descendants()
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
