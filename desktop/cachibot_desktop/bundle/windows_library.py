"""Reads from a Windows library whether this Python can load it."""

from __future__ import annotations

import struct
import sysconfig
from pathlib import Path

MACHINES = {"win32": 0x014C, "win-amd64": 0x8664, "win-arm64": 0xAA64}
"""`Machine` in the PE header of a library that Python can load, by the platform that Python was built for.

On Windows for ARM64 the machine of the system can be another one: it also runs a Python for x64.
"""


def is_for_other_machine(library: Path) -> bool:
    """Return whether a DLL is for another processor, or other bits, than this Python.

    Some packages contain libraries for several, and load the right one. Returns False for a file that is not a DLL.
    """
    with library.open("rb") as file:
        start = file.read(64)
        if len(start) < 64 or not start.startswith(b"MZ"):
            return False
        (headers,) = struct.unpack_from("<I", start, 0x3C)
        file.seek(headers)
        found = file.read(6)
    if len(found) < 6 or not found.startswith(b"PE\0\0"):
        return False
    machine: int = struct.unpack_from("<H", found, 4)[0]
    return machine != MACHINES.get(sysconfig.get_platform(), machine)
