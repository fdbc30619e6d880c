"""Runs a command whose calls of the system are refused with an error, as a disk refuses them. Linux only.

    python refused_calls.py flock=ENOLCK chmod=EPERM -- COMMAND

A filter of the kernel (seccomp) refuses them for the command and its children, whatever libraries they use.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path

from systems import needs_linux

_CALLS = {
    "x86_64": {"flock": [73], "chmod": [90, 91, 268, 452], "fcntl": [72], "fsync": [74, 75]},
    "aarch64": {"flock": [32], "chmod": [52, 53, 452], "fcntl": [25], "fsync": [82, 83]},
}
"""The numbers of the calls, by processor."""

_LOCKING = [6, 7, 37, 38]
"""The commands of `fcntl` that lock: F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW."""

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000

needs_filter = needs_linux("only Linux filters calls of the system")


def refusing(*calls: str) -> list[str]:
    """Return the beginning of a command whose calls are refused, such as `flock=ENOLCK`."""
    return [sys.executable, str(Path(__file__)), *calls, "--"]


def _program(calls: list[str]) -> bytes:
    steps = [(_LOAD, 0, 0, 0)]  # the number of the call
    for call in calls:
        name, _, error = call.partition("=")
        refuse = (_RETURN, 0, 0, _ERROR | getattr(errno, error))
        for number in _CALLS[platform.machine()][name]:
            if name == "fcntl":
                commands = [step for command in _LOCKING for step in ((_EQUAL, 0, 1, command), refuse)]
                argument = [(_LOAD, 0, 0, 24), *commands, (_LOAD, 0, 0, 0)]  # its second argument
                steps += [(_EQUAL, 0, len(argument), number), *argument]
            else:
                steps += [(_EQUAL, 0, 1, number), refuse]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _refuse(calls: list[str]) -> None:
    code = _program(calls)
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_filter, mode_filter = 38, 22, 2
    if libc.prctl(set_no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_filter, mode_filter, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "the filter was refused")


if __name__ == "__main__":
    end = sys.argv.index("--")
    _refuse(sys.argv[1:end])
    os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
