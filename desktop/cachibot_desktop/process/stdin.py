"""Stdin is the shell's hand on us: when it closes, the server stops.

A thread that blocks in reading fd 0 would hang every child that inherits the pipe on
Windows (CPython issue 78961), and children would eat or hold it on every system. So
the pipe moves to a private handle first and fd 0 becomes the null device.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable


def take_stdin() -> int | None:
    """Move stdin to a private handle; return it, or None when no shell holds the other end.

    Only a pipe or a socket (Node makes socket pairs) has an end that can close for us;
    a terminal or the null device is no leash.
    """
    try:
        private = os.dup(0)  # not inheritable, unlike 0 itself
        mode = os.fstat(private).st_mode
    except OSError:  # started with stdin closed
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


def watch(handle: int, closed: Callable[[], None]) -> None:
    """Call `closed` once, from a thread of its own, when the other end of `handle` is gone."""

    def wait() -> None:
        try:
            while os.read(handle, 4096):
                pass
        except OSError:
            pass  # a broken pipe says the same as its end
        closed()

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def _point_std_handle_at_fd_0() -> None:
    """Children without a stdin of their own inherit the Win32 handle, not fd 0."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        std_input_handle = -10
        ctypes.windll.kernel32.SetStdHandle(std_input_handle, msvcrt.get_osfhandle(0))
