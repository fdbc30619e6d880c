"""Files that are written atomically or quarantined."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
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


def in_use_for(seconds: float, problem: OSError, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every rename fail for a time, as on Windows while an antivirus program has the file open."""
    calls: list[str] = []
    end = time.monotonic() + seconds
    for name in ("rename", "replace"):
        move = getattr(Path, name)

        def held(old: Path, new: Path, move: Callable[[Path, Path], Path] = move, name: str = name) -> Path:
            calls.append(name)
            if time.monotonic() < end:
                raise problem
            return move(old, new)

        monkeypatch.setattr(Path, name, held)
    return calls


MOVES = [files.rename, files.replace_file]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES, errno.EBUSY])
@pytest.mark.parametrize("move", MOVES)
def test_windows_waits_for_an_antivirus_program(
    home: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path, Path], None], code: int
) -> None:
    (home / "new").write_text("new")
    in_use_for(0.1, OSError(code, "Access is denied"), monkeypatch)
    monkeypatch.setattr(sys, "platform", "win32")
    move(home / "new", home / "file")
    assert [path.name for path in home.iterdir()] == ["file"]


@pytest.mark.parametrize("move", MOVES)
def test_windows_waits_for_a_second_only(
    home: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path, Path], None]
) -> None:
    (home / "new").write_text("new")
    in_use_for(60, PermissionError(errno.EACCES, "Access is denied"), monkeypatch)
    monkeypatch.setattr(sys, "platform", "win32")
    started = time.monotonic()
    with pytest.raises(PermissionError):
        move(home / "new", home / "file")
    assert time.monotonic() - started > 1


@pytest.mark.parametrize(
    ("platform", "problem"),
    [
        ("linux", PermissionError(errno.EACCES, "Permission denied")),
        ("win32", OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_no_other_failure_is_retried(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, problem: OSError
) -> None:
    (home / "new").write_text("new")
    calls = in_use_for(60, problem, monkeypatch)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(OSError, match=problem.strerror):
        files.rename(home / "new", home / "file")
    assert calls == ["rename"]
