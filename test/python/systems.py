"""Tests that only some systems can run: elsewhere they are skipped, which is no failure there (scripts/testing)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

NOT_HERE = "Not on this system: "


def needs_linux(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(sys.platform != "linux", reason=NOT_HERE + why)


def needs_posix(why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(os.name != "posix", reason=NOT_HERE + why)


def has_mode(path: Path, mode: int) -> bool:
    """Whether that is the file's mode, where the system has modes."""
    return os.name != "posix" or path.stat().st_mode & 0o777 == mode


MODE_OPEN, MODE_CLOSED = ("0o644", "0o600") if os.name == "posix" else ("0o666", "0o666")
"""The modes of a file that others may read, and of one of ours; Windows has no such modes."""
