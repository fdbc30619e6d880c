"""Files that are written atomically or quarantined."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cachibot_desktop import files
from systems import has_mode


def test_a_failed_write_leaves_the_old_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_quarantined_files_get_different_names(home: Path) -> None:
    for _ in range(2):
        (home / "x").write_text("damaged")
        files.quarantine(home / "x")
    assert sorted(path.name for path in home.iterdir()) == ["x.damaged-1", "x.damaged-2"]


def test_the_reason_is_in_the_name_of_a_quarantined_file(home: Path) -> None:
    (home / "x").write_text("")
    assert files.quarantine(home / "x", "unrelated").name == "x.unrelated-1"
