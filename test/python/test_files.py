"""Files written as a whole, or moved out of the way."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cachibot_desktop import files
from systems import has_mode


def test_a_write_replaces_a_file_as_a_whole_or_not_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "settings"
    files.write_atomically(file, "old")
    assert has_mode(file, 0o600)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(file, "new")
    assert file.read_text() == "old"
    assert [path.name for path in home.iterdir()] == ["settings"]


def test_damaged_files_are_kept_one_beside_the_other(home: Path) -> None:
    for _ in range(2):
        (home / "x").write_text("damaged")
        files.quarantine(home / "x")
    assert sorted(path.name for path in home.iterdir()) == ["x.damaged-1", "x.damaged-2"]


def test_the_reason_is_in_the_name(home: Path) -> None:
    (home / "x").write_text("")
    assert files.quarantine(home / "x", "unrelated").name == "x.unrelated-1"
