"""The death of the shell, however it dies, ends the server.

Closing stdin tells us already; this is for the case that another process has
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


def watch(parent: int | None, gone: Callable[[], None]) -> Callable[[], bool]:
    """Call `gone`, at most twice, when `parent` (or, if None, who started us) has died.

    Returns a function that tells whether it lives now.

    On Linux the kernel also sends SIGTERM at once. That signal fires when the *thread*
    that spawned us ends and is not inherited by our children, so it is asked for here,
    in the entry alone, and whether the parent still lives is checked afterwards.
    """
    starter = os.getppid()
    if sys.platform == "win32":
        if parent is None:
            return _always
        waiting = threading.Thread(target=_wait_on_windows, args=(parent, gone), name="parent", daemon=True)
        waiting.start()
        return waiting.is_alive
    if parent is None and starter == 1:
        return _always  # started by the init process: nobody to outlive
    if parent in (None, starter):
        _ask_for_death_signal()
    known = parent or starter
    direct = os.getppid() == known

    def lives() -> bool:
        return os.getppid() == known if direct else _exists(known)

    threading.Thread(target=_poll, args=(lives, gone), name="parent", daemon=True).start()
    return lives


def _always() -> bool:
    return True


def _poll(lives: Callable[[], bool], gone: Callable[[], None]) -> None:
    while lives():
        time.sleep(POLL_SECONDS)
    gone()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _ask_for_death_signal() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_on_windows(parent: int, gone: Callable[[], None]) -> None:
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.OpenProcess.restype = wintypes.HANDLE
        kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        synchronize, infinite = 0x0010_0000, 0xFFFF_FFFF
        handle = kernel32.OpenProcess(synchronize, False, parent)
        if handle:
            kernel32.WaitForSingleObject(handle, infinite)
        gone()
