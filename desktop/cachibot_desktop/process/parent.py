"""Detects the exit of the shell, so that the server also stops.

Usually stdin is closed then. This module covers the case that another process has
inherited the shell's end of the pipe and keeps it open.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 1.0
PR_SET_PDEATHSIG = 1

ERROR_INVALID_PARAMETER = 87
"""Windows's error for a PID that no process has."""


def watch(parent: int | None, on_exit: Callable[[], None]) -> Callable[[], bool]:
    """Call `on_exit` from another thread when the process `parent` (default: our parent) has exited.

    Returns a function that returns whether that process is alive.

    On Linux the kernel also sends us SIGTERM at once: when the *thread* that spawned us ends.
    Our children do not inherit that request. There is no signal if the parent exited before
    the request, so the parent is polled in any case.
    """
    if sys.platform == "win32":
        if parent is None:
            return _always_alive
        waiting = threading.Thread(target=_wait_on_windows, args=(parent, on_exit), name="parent", daemon=True)
        waiting.start()
        return waiting.is_alive
    parent_at_start = os.getppid()
    if parent is None and parent_at_start == 1:
        return _always_alive  # the init process started us, and it does not exit
    if parent in (None, parent_at_start):
        _request_death_signal()
    pid = parent or parent_at_start
    is_direct_parent = os.getppid() == pid

    def is_alive() -> bool:
        return os.getppid() == pid if is_direct_parent else _exists(pid)

    threading.Thread(target=_poll, args=(is_alive, on_exit), name="parent", daemon=True).start()
    return is_alive


def _always_alive() -> bool:
    return True


def _poll(is_alive: Callable[[], bool], on_exit: Callable[[], None]) -> None:
    while is_alive():
        time.sleep(POLL_SECONDS)
    on_exit()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _request_death_signal() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_on_windows(parent: int, on_exit: Callable[[], None]) -> None:
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.OpenProcess.restype = wintypes.HANDLE
        kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        synchronize, infinite = 0x0010_0000, 0xFFFF_FFFF
        wait_until_exit(
            open_process=lambda: kernel32.OpenProcess(synchronize, False, parent),
            last_error=ctypes.get_last_error,
            wait=lambda handle: kernel32.WaitForSingleObject(handle, infinite),
        )
        on_exit()


def wait_until_exit(
    open_process: Callable[[], int | None], last_error: Callable[[], int], wait: Callable[[int], object]
) -> None:
    """Wait with the functions of Windows until a process has exited.

    Windows opens no process that has more rights, such as an app that was started as administrator. Such a process is
    not taken for one that has exited.
    """
    while True:
        handle = open_process()
        if handle:
            wait(handle)
            return
        if last_error() == ERROR_INVALID_PARAMETER:
            return
        time.sleep(POLL_SECONDS)
