"""A restore that is half done continues, although stock CachiBot or Chromium has written a file or folder again.

Neither knows of the restore. Nothing that they have written is lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cachibot_desktop.backups import create, journal, restore
from cachibot_desktop.backups.places import STAGING
from cachibot_desktop.exit_codes import KnownFailure
from filled_home import (  # noqa: F401 - a fixture
    PAGE,
    back_up_and_fill_again,
    content,
    fill,
    places_of,
    unchecked_version,
)

pytestmark = [pytest.mark.left_to_ci, pytest.mark.usefixtures("unchecked_version")]

Write = Callable[[Path], object]


def write_file(path: Path) -> None:
    path.write_text(path.name)


def write_folder(path: Path) -> None:
    path.mkdir()
    (path / "file").write_text(path.name)


def text(path: Path) -> str:
    return (path / "file" if path.is_dir() else path).read_text()


@pytest.mark.parametrize("finish_swap", [journal.swap, journal.undo])
@pytest.mark.parametrize("write_again", [write_file, write_folder])
@pytest.mark.parametrize("write", [write_file, write_folder])
def test_a_file_or_folder_that_is_written_between_the_two_renames_is_kept_beside(
    home: Path,
    finish_swap: Callable[[list[journal.Unit]], None],
    write: Write,
    write_again: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target, new, old = (home / name for name in ["uploads", "new", "old"])
    write_again(target)
    for path in (new, old):
        write(path)
    for _ in range(2):
        finish_swap([journal.Unit(str(target), str(new), str(old))])
    assert text(target) == ("new" if finish_swap is journal.swap else "old")
    assert text(home / "uploads.during-restore-1") == "uploads"
    assert capsys.readouterr().err == (
        f"{target} was written while a backup was being restored. It was renamed to uploads.during-restore-1.\n"
    )


@pytest.mark.parametrize("finish_swap", [journal.swap, journal.undo])
def test_a_folder_that_the_backup_lacks_and_that_is_written_again_is_kept_beside(
    home: Path, finish_swap: Callable[[list[journal.Unit]], None]
) -> None:
    plugins, old, key, new = (home / name for name in ["plugins", "old", "key", "new"])
    for folder in (plugins, old):
        write_folder(folder)
    write_file(new)
    finish_swap([journal.Unit(str(plugins), None, str(old)), journal.Unit(str(key), str(new), str(home / "no key"))])
    assert text(home / "plugins.during-restore-1") == "plugins"
    assert plugins.exists() == (finish_swap is journal.undo)


def test_a_file_that_is_written_when_everything_is_in_place_stays(home: Path) -> None:
    """It is newer than the restored data: the log of the restored database, for instance."""
    log, old = home / "cachibot.db-wal", home / "old"
    for file in (log, old):
        write_file(file)
    journal.swap([journal.Unit(str(log), None, str(old))])
    assert text(log) == log.name


def test_a_folder_that_is_written_where_nothing_was_is_kept_beside(home: Path) -> None:
    plugins, new, old = (home / name for name in ["plugins", "new", "old"])
    for folder in (plugins, new):
        write_folder(folder)
    units = [journal.Unit(str(plugins), str(new), str(old), replaces=False)]
    for _ in range(2):
        journal.swap(units)
    assert [text(plugins), text(home / "plugins.during-restore-1"), old.exists()] == ["new", "plugins", False]
    journal.undo(units)
    assert [plugins.exists(), text(new)] == [False, "new"]


@pytest.mark.parametrize("lost", [".", "new/data/master.key"], ids=["all", "one file"])
def test_a_restore_whose_staged_files_are_lost_loses_nothing_of_the_user(home: Path, tmp_path: Path, lost: str) -> None:
    data = home / ".cachibot"
    _, newer = back_up_and_fill_again(home, tmp_path / "all")
    restore.prepare(places_of(home), tmp_path / "all")
    (own,) = (data / STAGING).iterdir()
    if lost == ".":
        shutil.rmtree(data / STAGING)
    else:
        (own / lost).unlink()
    with pytest.raises(KnownFailure, match=r"Everything is as it was before\. A backup of that is in .*before-restore"):
        restore.finish(data)
    assert content(home) == newer


@pytest.mark.parametrize("damaged", [False, True], ids=["restored", "undone"])
def test_a_restore_that_was_killed_between_two_renames_continues(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    storage, data = home / "profile" / Path(PAGE).parent, home / ".cachibot"
    file = tmp_path / "all"
    older, newer = back_up_and_fill_again(home, file)
    restore.prepare(places_of(home), file)
    if damaged:
        (key,) = data.rglob("new/data/master.key")
        key.write_text("damaged")
    move = journal.replace_file

    def kill_before_new_storage(old: Path, new: Path) -> None:
        if new == storage and not old.is_relative_to(storage.parent):
            raise KeyboardInterrupt
        move(old, new)

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(journal, "replace_file", kill_before_new_storage)
        restore.finish(data)
    assert not storage.exists()
    (home / "profile" / PAGE).mkdir(parents=True)
    (home / "profile" / PAGE / "again.log").write_text("again")

    if damaged:
        with pytest.raises(KnownFailure, match="Everything is as it was before"):
            restore.finish(data)
    else:
        assert (restore.finish(data) or "").startswith("Restored ")
    kept = f"{storage.name}.during-restore-1"
    assert (storage.with_name(kept) / "leveldb" / "again.log").read_text() == "again"
    now = {name: found for name, found in content(home).items() if kept not in name}
    assert now == (newer if damaged else older)


def test_files_kept_beside_are_in_no_backup_and_stay_when_one_is_restored(home: Path, tmp_path: Path) -> None:
    fill(home, "older", 20)
    kept = [home / ".cachibot" / f"{name}.during-restore-1" for name in ("uploads", "cachibot.db", "cachibot.db-wal")]
    for folder in kept:
        write_folder(folder)
    create.create(places_of(home), tmp_path / "all")
    restore.prepare(places_of(home), tmp_path / "all")
    restore.finish(home / ".cachibot")
    assert [folder.exists() for folder in kept] == [True] * 3
    other = tmp_path / "other"
    (other / ".cachibot").mkdir(parents=True)
    restore.prepare(places_of(other), tmp_path / "all")
    restore.finish(other / ".cachibot")
    assert not list(other.rglob("*during-restore*"))
