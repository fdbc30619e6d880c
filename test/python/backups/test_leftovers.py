"""Leftovers of an earlier restore, which was killed or could not remove them, do not disturb the next one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cachibot_desktop.backups import create, journal, restore, staging
from cachibot_desktop.exit_codes import KnownFailure
from filled_home import content, fill, places_of, unchecked_version  # noqa: F401 - a fixture
from server_process import ORDINARY_USER, environment

pytestmark = [pytest.mark.left_to_ci, pytest.mark.usefixtures("unchecked_version")]


def restore_backup(home: Path, file: Path) -> None:
    restore.prepare(places_of(home), file)
    restore.finish(home / ".cachibot")


def without_leftovers(home: Path) -> dict[str, object]:
    return {name: found for name, found in content(home).items() if ".cachibot-restore" not in name}


@pytest.mark.parametrize("same_disk", [True, False], ids=["same disk", "other disk"])
def test_folders_that_cannot_be_removed_do_not_disturb_the_next_restore(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_disk: bool
) -> None:
    """Windows removes no file that another program has open."""
    if not same_disk:
        monkeypatch.setattr(staging, "_can_rename", lambda *_: False)
    fill(home, "older", 20)
    file = tmp_path / "all"
    create.create(places_of(home), file)
    older = without_leftovers(home)
    with monkeypatch.context() as in_use:
        in_use.setattr(shutil, "rmtree", lambda *_, **__: None)
        restore_backup(home, file)
        restore_backup(home, file)
        assert without_leftovers(home) == older
        restore.prepare(places_of(home), file)
        for staged in (path for path in home.rglob("older.pdf") if ".cachibot-restore" in str(path)):
            staged.write_text("damaged")
        with pytest.raises(KnownFailure, match="Everything is as it was before"):
            restore.finish(home / ".cachibot")
        assert without_leftovers(home) == older


def test_read_only_files_and_folders_are_removed(home: Path) -> None:
    """Such as the objects of a cloned plug-in, which git makes read-only."""
    top = home / "old"
    objects = top / "plugins" / ".git" / "objects"
    objects.mkdir(parents=True)
    (objects / "object").write_text("")
    outside = home / "outside"
    outside.mkdir()
    outside.chmod(0o755)
    if os.name == "posix":
        (objects / "link").symlink_to(outside)
    (objects / "object").chmod(stat.S_IREAD)
    for folder in (objects, objects.parent):
        folder.chmod(0o555)
    program = (
        "import pathlib, sys; from cachibot_desktop.backups import journal as j; j.remove(pathlib.Path(sys.argv[1]))"
    )
    answer = subprocess.run(
        [*ORDINARY_USER, sys.executable, "-c", program, str(top)],
        env=environment(home, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stderr == ""
    assert not top.exists()
    assert os.name != "posix" or outside.stat().st_mode & 0o777 == 0o755, "what a link points to stays as it is"


def test_what_cannot_be_removed_is_logged(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    journal.remove(home)
    assert capsys.readouterr().err == f"{home} could not be removed.\n"


def test_a_leftover_probe_file_does_not_look_like_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows lets a plain rename overwrite nothing."""
    rename = Path.rename

    def rename_as_on_windows(path: Path, target: Path) -> Path:
        if os.path.lexists(target):
            raise FileExistsError(target)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_as_on_windows)
    folder, staged = tmp_path / "folder", tmp_path / "staged"
    for place in (folder, staged):
        place.mkdir()
    (folder / ".cachibot-restore-probe").write_text("")
    assert staging._can_rename(staged, folder)
    assert not list(tmp_path.glob("*/*"))


def test_each_file_that_is_copied_to_another_disk_is_flushed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home, "older", 20)
    file = tmp_path / "all"
    create.create(places_of(home), file)
    flush, flushed = os.fsync, set()

    def record(handle: int) -> None:
        flushed.add(os.fstat(handle).st_ino)
        flush(handle)

    monkeypatch.setattr(staging, "_can_rename", lambda *_: False)
    monkeypatch.setattr(os, "fsync", record)
    restore.prepare(places_of(home), file)
    waiting = list(home.rglob(".cachibot-restore-*.new"))
    files = [path for top in waiting for path in (top, *top.rglob("*")) if path.is_file()]
    assert len(files) > 8
    assert [path for path in files if path.stat().st_ino not in flushed] == []
