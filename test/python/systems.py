"""Marks for tests that only some systems can run. On other systems they are skipped, even in CI."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import pytest

NOT_HERE = "Not on this system: "
NEEDS_WINDOWS = "Needs Windows: "


def needs_linux(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(sys.platform != "linux", reason=NOT_HERE + why)


def needs_posix(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(os.name != "posix", reason=NOT_HERE + why)


def needs_windows(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(sys.platform != "win32", reason=NEEDS_WINDOWS + why)


UNDER_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def not_under_wine(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(UNDER_WINE, reason=NOT_HERE + why)


def has_mode(path: Path, mode: int) -> bool:
    """Return whether the file has that mode; always True on Windows, which has no modes."""
    return os.name != "posix" or path.stat().st_mode & 0o777 == mode


def variable(name: str) -> str:
    """Return the name that `os.environ` has for a variable: on Windows in upper case."""
    return name.upper() if os.name == "nt" else name


MODE_OPEN, MODE_CLOSED = ("0o644", "0o600") if os.name == "posix" else ("0o666", "0o666")
"""The mode of a file that other users can read, and of a restricted file; Windows has no such modes."""
