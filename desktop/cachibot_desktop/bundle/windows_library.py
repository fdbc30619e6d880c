"""Reads from a Windows library whether this process can load it."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

MAGIC = {0x10B: 32, 0x20B: 64}
"""Bits of a library by the first number of its optional header."""


def has_other_bits(library: Path) -> bool:
    """Return whether a DLL is for 32-bit processes and this one has 64 bits, or the reverse.

    Some packages contain both, and load the right one. Returns False for a file that is not a DLL.
    """
    with library.open("rb") as file:
        start = file.read(64)
        if len(start) < 64 or not start.startswith(b"MZ"):
            return False
        (headers,) = struct.unpack_from("<I", start, 0x3C)
        file.seek(headers)
        found = file.read(26)
    if len(found) < 26 or not found.startswith(b"PE\0\0"):
        return False
    (magic,) = struct.unpack_from("<H", found, 24)
    return MAGIC.get(magic) not in (None, 64 if sys.maxsize > 2**32 else 32)
