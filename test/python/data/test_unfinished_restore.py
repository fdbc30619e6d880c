"""A restore that was interrupted while the app did it: the next start of the server finishes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import backup, restore
from server_process import ServerProcess

Start = Callable[..., ServerProcess]
OLD = "cachibot.db.before-2026-05-01T10-00-00-000Z"
"""New name of the old database."""


@pytest.mark.parametrize("moved", [(), ("-wal",), ("-wal", "-shm"), ("-wal", "-shm", "-journal")])
def test_an_interrupted_restore_is_finished(home: Path, moved: tuple[str, ...]) -> None:
    file = home / "cachibot.db"
    endings = ("", "-wal", "-shm", "-journal")
    for end in endings:
        at = home / f"{OLD}{end}" if end in moved else home / f"cachibot.db{end}"
        at.write_text(f"newer{end}")
    (home / OLD).write_text("newer")
    (home / f"{OLD}.instead").write_text("older")
    restore.finish_interrupted(file)
    restore.finish_interrupted(file)
    found = {path.name: path.read_text() for path in home.iterdir() if path.name.startswith(file.name)}
    assert found == {"cachibot.db": "older", **{f"{OLD}{end}": f"newer{end}" for end in endings}}


@pytest.mark.left_to_ci
def test_the_server_finishes_the_restore_before_it_opens_the_database(start: Start, home: Path) -> None:
    first = start()
    first.wait_until_ready()
    first.kill()
    backup.create(first.data / "cachibot.db", home / "copy.db")
    second = start()
    second.wait_until_ready()
    second.sign_up()
    second.kill()
    # The app died after it had linked the database to its new name and moved only the log.
    data = second.data
    (data / OLD).hardlink_to(data / "cachibot.db")
    (data / "cachibot.db-wal").rename(data / f"{OLD}-wal")
    (home / "copy.db").rename(data / f"{OLD}.instead")

    third = start()
    third.wait_until_ready()
    assert not (data / OLD).samefile(data / "cachibot.db")
    users = []
    for name in ("cachibot.db", OLD):
        with closing(sqlite3.connect(data / name)) as connection:
            users.append(connection.execute("SELECT username FROM users").fetchall())
    assert users == [[], [("tester",)]]


def test_without_an_interrupted_restore_nothing_changes(home: Path) -> None:
    restore.finish_interrupted(None)
    restore.finish_interrupted(home / "missing" / "cachibot.db")
    others = ["my.db.before-x.instead", "cachibot.db.before-x", "cachibot.db"]
    for name in others:
        (home / name).write_text(name)
    restore.finish_interrupted(home / "cachibot.db")
    assert {name: (home / name).read_text() for name in others} == {name: name for name in others}
