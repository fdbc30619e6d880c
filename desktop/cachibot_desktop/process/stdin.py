"""The pipe from the shell on stdin: its first line is the token, and the server stops when the shell closes it.

The token is not in the environment, which every program of the user can read as long as
the server runs.

A thread that blocks while it reads fd 0 would hang every child that inherits the pipe on
Windows (CPython issue 78961), and on every system children could read from the pipe or
keep it open. So the pipe moves to a private handle, and fd 0 becomes the null device.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import threading
from collections.abc import Callable

from ..exit_codes import ExitCode, KnownFailure

TOKEN_DIGITS = 64

TOKEN_SECONDS = 10.0
"""Time limit for the token, which the shell writes immediately after the spawn."""


def detach_stdin() -> int:
    """Move stdin to a private handle and return the handle.

    Raises:
        KnownFailure: USAGE if stdin is not a pipe or a socket, such as a terminal. Only these
            have another end that can be closed. Node creates socket pairs.
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
    raise _unusable("Stdin is not a pipe")


def receive_token(handle: int, seconds: float = TOKEN_SECONDS) -> str:
    """Read the first line, which must be the token, within `seconds`. Bytes after the line stay in the pipe.

    Raises:
        KnownFailure: USAGE if the line is late, missing or malformed. Its text never contains the line.
    """
    received = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # a broken pipe means the same as its end
            while len(received) <= TOKEN_DIGITS and b"\n" not in received:
                part = os.read(handle, TOKEN_DIGITS + 1 - len(received))
                if not part:
                    return
                received.extend(part)

    # A thread, because Windows has no time limit for reading a pipe.
    reader = threading.Thread(target=read, name="token", daemon=True)
    reader.start()
    reader.join(seconds)
    if reader.is_alive():
        raise _unusable(f"No complete token arrived on stdin within {seconds:g} s")
    if not received:
        raise _unusable("Stdin was closed before a token arrived")
    if not re.fullmatch(rb"[0-9a-f]{%d}\n" % TOKEN_DIGITS, received):
        raise _unusable(f"The first line on stdin must be {TOKEN_DIGITS} lower-case hexadecimal digits")
    return received.decode().strip()


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


def _unusable(problem: str) -> KnownFailure:
    return KnownFailure(ExitCode.USAGE, f"{problem}: only the CachiBot app can start this server.")


def _point_std_handle_at_fd_0() -> None:
    """Make the Win32 handle the same as fd 0: children whose stdin is not set inherit the handle, not fd 0."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        std_input_handle = -10
        ctypes.windll.kernel32.SetStdHandle(std_input_handle, msvcrt.get_osfhandle(0))
