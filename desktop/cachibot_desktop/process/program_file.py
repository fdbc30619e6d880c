"""Whether the server's program was replaced since it started, as a package manager does at an update.

Modules in memory keep working, but one that is imported for the first time is read from the other version.
"""

from __future__ import annotations

import os
import sys


def _identity() -> tuple[int, int, int] | None:
    try:
        stats = os.stat(sys.executable)
    except OSError:
        return None
    return stats.st_ino, stats.st_size, stats.st_mtime_ns


_at_start = _identity()


def was_replaced() -> bool:
    """Return whether the program's file is missing, or another one than at the start."""
    return _identity() != _at_start
