"""Watches the pipe from the shell on stdin. The server stops when the shell closes it.

A thread that blocks while it reads fd 0 would hang every child that inherits the pipe on
Windows (CPython issue 78961), and on every system children could read from the pipe or
keep it open. So the pipe moves to a private handle, and fd 0 becomes the null device.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable


def detach_stdin() -> int | None:
    """Move stdin to a private handle and return the handle; None if stdin is not a pipe or a socket.

    Only these have another end that can be closed. Node creates socket pairs.
    """
    try:
        private = os.dup(0)  # not inheritable, unlike 0 itself
        mode = os.fstat(private).st_mode
    except OSError:  # stdin was closed at startup
        private, mode = -1, 0
    null = os.open(os.devnull, os.O_RDONLY)
    if null != 0:
        os.dup2(null, 0, inheritable=True)
        os.close(null)
    if sys.platform == "win32":
        _point_std_handle_at_fd_0()
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return private
    if private >= 0:
        os.close(private)
    return None


def watch(handle: int, on_close: Callable[[], None]) -> None:
    """Call `on_close` once, from another thread, when the other end of `handle` has been closed."""

    def wait() -> None:
        try:
            while os.read(handle, 4096):
                pass
        except OSError:
            pass  # a broken pipe means the same as its end
        on_close()

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def _point_std_handle_at_fd_0() -> None:
    """Make the Win32 handle the same as fd 0: children whose stdin is not set inherit the handle, not fd 0."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        std_input_handle = -10
        ctypes.windll.kernel32.SetStdHandle(std_input_handle, msvcrt.get_osfhandle(0))
