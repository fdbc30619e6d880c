"""Stops the server on a signal, when its stdin is closed, or when the shell exits; always within a time limit."""

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

from ..exit_codes import ExitCode
from . import parent, stdin

FINISH_SECONDS = 5.0
"""Time that running work gets to finish after the request to stop."""

SHUTDOWN_SECONDS = 3.0
"""Time limit, after that, for closing connections, cachibot's own shutdown and the SQLite checkpoint."""

ORPHANED_SECONDS = 1.0
"""Limit instead of both when the app is gone: it no longer needs the running work, and cannot kill us if we hang."""

POLL_SECONDS = 0.05


class Shutdown:
    """Ends the process after a request to stop, even if the shutdown hangs.

    The limit is `FINISH_SECONDS + SHUTDOWN_SECONDS` after the request, or `ORPHANED_SECONDS` after the app is gone.
    """

    def __init__(self) -> None:
        self._requested = False
        self._wake = threading.Event()
        self._finished = threading.Event()
        self._start_shutdown: Callable[[], None] | None = None
        self._on_timeout: Callable[[], None] | None = None
        self._app_is_alive: Callable[[], bool] = lambda: True

    @property
    def app_is_gone(self) -> bool:
        """Whether the app's process has exited."""
        return not self._app_is_alive()

    def start(self, parent_pid: int | None, pipe: int) -> None:
        """Watch for signals, the exit of the app, and the end of `pipe`. Call it in the main thread."""
        # Start the thread before a signal can arrive: starting a thread in a signal handler can deadlock.
        threading.Thread(target=self._run_when_requested, name="shutdown", daemon=True).start()
        for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        from . import descendants

        descendants.become_subreaper()
        self._app_is_alive = parent.watch(parent_pid, lambda: self.request("the app is gone"))
        stdin.watch(pipe, lambda: self.request("the app has closed our stdin"))

    def request(self, reason: str) -> None:
        """Request the stop. Later requests have no effect. Safe in any thread and in signal handlers."""
        if self._requested:
            return
        self._requested = True
        _log(f"Stopping: {reason}.")
        self._wake.set()

    def on_request(self, start_shutdown: Callable[[], None]) -> None:
        """Set the function that starts a clean shutdown. It is called from another thread.

        Until it is set, a stop ends the process immediately. The shutdown must call
        `mark_finished` when it is complete.
        """
        self._start_shutdown = start_shutdown
        if self._requested:
            start_shutdown()

    def on_timeout(self, callback: Callable[[], None]) -> None:
        """Set a function to call, from another thread, if the shutdown exceeds its time limit."""
        self._on_timeout = callback

    def mark_finished(self) -> None:
        """Report that the clean shutdown is complete, so that the process exits."""
        self._finished.set()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.request(f"received {signal.Signals(number).name}")

    def _run_when_requested(self) -> None:
        self._wake.wait()
        if self._start_shutdown is not None:
            self._start_shutdown()
            if not self._wait_until_finished():
                _log("The shutdown took too long and was aborted.")
                if self._on_timeout is not None:
                    self._on_timeout()
        exit_process(ExitCode.CLEAN)

    def _wait_until_finished(self) -> bool:
        deadline = time.monotonic() + FINISH_SECONDS + SHUTDOWN_SECONDS
        orphaned = False
        while not self._finished.wait(POLL_SECONDS):
            now = time.monotonic()
            if not orphaned and self.app_is_gone:
                orphaned = True
                deadline = min(deadline, now + ORPHANED_SECONDS)
            if now > deadline:
                return False
        return True


def exit_process(code: ExitCode) -> NoReturn:
    """Kill all descendants, then exit without waiting for the threads of this process."""
    try:
        from . import descendants

        descendants.kill_descendants()
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception as problem:
        # The process must exit even if the process table cannot be read, or a pipe is closed.
        _log(f"Error at exit: {problem!r}")
    finally:
        os._exit(code)


def _log(line: str) -> None:
    """Write one line to stderr with a plain system call, which is safe in a signal handler."""
    # The pipe may be closed.
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode("utf-8", "backslashreplace"))
