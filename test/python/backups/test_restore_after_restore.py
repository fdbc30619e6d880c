"""A restore or backup that comes after another restore was interrupted finishes that one first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.backups import create, journal, restore
from cachibot_desktop.data import backup
from cachibot_desktop.exit_codes import ExitCode
from filled_home import content, fill, places_of, unchecked_version, write_rows  # noqa: F401 - a fixture
from server_process import ServerProcess, run_server

pytestmark = [pytest.mark.left_to_ci, pytest.mark.usefixtures("unchecked_version")]


def notes(file: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT text, count(*) FROM notes GROUP BY text").fetchall()


def test_the_database_is_located_after_the_restore_that_moved_it(home: Path, tmp_path: Path) -> None:
    moved, settings = home / "moved.db", home / ".cachibot.toml"
    fill(home, "default", 5)
    copy = tmp_path / "copy.db"
    backup.create(home / ".cachibot" / "cachibot.db", copy)
    unmoved = settings.read_text(encoding="utf-8")
    settings.write_text(f'[database]\nurl = "sqlite:///{moved.as_posix()}"', encoding="utf-8")
    write_rows(moved, "moved", 7)
    file = tmp_path / "all"
    create.create(places_of(home), file)

    settings.write_text(unmoved, encoding="utf-8")
    restore.prepare(places_of(home), file)  # and is interrupted
    restore.prepare(places_of(home), copy)
    found = journal.read(home / ".cachibot")
    assert found is not None
    assert found.undo is not None
    restore.finish(home / ".cachibot")
    assert notes(moved) == [("default", 5)]
    restore.prepare(places_of(home), Path(found.undo))
    restore.finish(home / ".cachibot")
    assert notes(moved) == [("moved", 7)], "the restore can be undone"


def interrupted(home: Path) -> Path:
    """Leave the restore of a copy by the app as it is when the app dies before its last step. Return the database."""
    database = home / ".cachibot" / "cachibot.db"
    fill(home, "copied", 3)
    old = database.with_name("cachibot.db.before-2026-05-01T10-00-00-000Z")
    backup.create(database, database.with_name(f"{old.name}.instead"))
    write_rows(database, "old", 40)
    old.hardlink_to(database)
    database.with_name("cachibot.db-wal").rename(old.with_name(f"{old.name}-wal"))
    return database


def test_a_restored_backup_is_not_replaced_by_an_interrupted_restore_of_the_app(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    fill(tmp_path / "other", "chosen", 9)
    file = tmp_path / "all"
    create.create(places_of(tmp_path / "other"), file)
    database = interrupted(home)
    answer = run_server(home, "--prepare-restore", str(file))
    assert answer.returncode == 0, answer.stderr
    assert notes(database) == [("copied", 3)]
    assert run_server(home, "--finish-restore").returncode == 0
    assert notes(database) == [("chosen", 9)]
    assert not list(database.parent.glob("*.instead")), "the next start would replace it"


def test_a_backup_contains_what_an_interrupted_restore_of_the_app_restores(home: Path, tmp_path: Path) -> None:
    interrupted(home)
    file, other = tmp_path / "all", tmp_path / "other"
    (other / ".cachibot").mkdir(parents=True)
    assert run_server(home, "--back-up-all", str(file)).returncode == 0
    restore.prepare(places_of(other), file)
    restore.finish(other / ".cachibot")
    assert notes(other / ".cachibot" / "cachibot.db") == [("copied", 3)]


def test_nothing_replaces_the_page_s_storage_while_the_page_may_be_open(
    home: Path, tmp_path: Path, start: Callable[..., ServerProcess]
) -> None:
    file, copy = tmp_path / "all", str(tmp_path / "copy of the profile")
    fill(home, "older", 3)
    create.create(places_of(home), file)
    fill(home, "newer", 3)
    before = content(home)
    workspace, profile = str(home / "CachiBot"), str(home / "profile")
    ready = run_server(home, "--prepare-restore", str(file), "--profile", profile, CACHIBOT_WORKSPACE=workspace)
    assert ready.returncode == 0, ready.stderr
    # Another server kept the app from finishing it, and has exited since.
    server = start(env={"CACHIBOT_DESKTOP_PROFILE": profile})
    assert server.wait() == ExitCode.RESTORE_PENDING
    assert server.stderr.endswith("Quit CachiBot and start it again to finish that.\n")
    for command in ("--back-up-all", "--prepare-restore"):
        named = str(file if command == "--prepare-restore" else tmp_path / "another")
        refused = run_server(home, command, named, "--profile", profile, "--profile-copy", copy)
        assert refused.returncode == ExitCode.RESTORE_PENDING
    assert {name: text for name, text in content(home).items() if name in before} == before
    finished = run_server(home, "--finish-restore")
    assert finished.returncode == 0, finished.stderr
    assert notes(home / ".cachibot" / "cachibot.db") == [("older", 3)]
    assert content(home)["profile/settings.json"] == '{"older": 1}'
