"""Attached files that no chat names any more are removed, and nothing else is."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cachibot_desktop.attachments import folder, record


def attach(data: Path, workspace: Path, name: str, content: bytes) -> Path:
    saved, is_new = folder.save(workspace, name, content)
    if is_new:
        record.add(data, workspace, saved, content)
    return workspace / folder.NAME / saved


def test_a_file_that_was_saved_is_removed_unless_it_has_changed(tmp_path: Path) -> None:
    same, changed, other = (attach(tmp_path, tmp_path, f"{name}.txt", b"one") for name in ("same", "changed", "other"))
    changed.write_bytes(b"two")
    record.remove(tmp_path, tmp_path, ["same.txt", "changed.txt", "missing.txt"])
    assert not same.exists()
    assert changed.read_bytes() == b"two"
    assert other.exists()
    assert record.names(tmp_path) == {"changed.txt", "other.txt"}


def test_a_file_of_the_users_own_stays(tmp_path: Path) -> None:
    own = tmp_path / folder.NAME / "own.txt"
    own.parent.mkdir()
    own.write_bytes(b"one")
    assert attach(tmp_path, tmp_path, "own.txt", b"one") == own
    record.remove(tmp_path, tmp_path, ["own.txt"])
    assert own.exists()


def test_a_file_in_another_work_folder_stays(tmp_path: Path) -> None:
    file = attach(tmp_path, tmp_path / "one", "a.txt", b"one")
    record.remove(tmp_path, tmp_path / "other", ["a.txt"])
    own, _ = folder.save(tmp_path / "other", "a.txt", b"one")
    record.remove(tmp_path, tmp_path / "other", [own])
    assert (tmp_path / "other" / folder.NAME / own).exists()
    record.remove(tmp_path, tmp_path / "one", ["a.txt"])
    assert not file.exists()


def test_a_damaged_record_removes_nothing(tmp_path: Path) -> None:
    file = attach(tmp_path, tmp_path, "a.txt", b"one")
    for text in ("[]", "{", '"x"', '{"../a.txt": "hash"}'):
        (tmp_path / record.FILE).write_text(text)
        record.remove(tmp_path, tmp_path, ["a.txt"])
    assert file.exists()


def test_a_record_that_cannot_be_read_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = attach(tmp_path, tmp_path, "a.txt", b"one")

    def refuse(*_args: object, **_options: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patches:
        patches.setattr(Path, "read_text", refuse)
        with pytest.raises(PermissionError):
            record.add(tmp_path, tmp_path, "b.txt", b"two")
        with pytest.raises(PermissionError):
            record.remove(tmp_path, tmp_path, ["a.txt"])
        with pytest.raises(PermissionError):
            record.names(tmp_path)
    assert file.exists()
    assert record.names(tmp_path) == {"a.txt"}
