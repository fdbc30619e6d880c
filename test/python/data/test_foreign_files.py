"""Pipes and folders in the place of the server's files: no start waits for them, and each is named."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.exit_codes import ExitCode
from server_process import ServerProcess, run_server
from systems import needs_posix

Start = Callable[..., ServerProcess]
OWN = (
    "account.secret",
    "attachments.json",
    "desktop.json",
    "desktop.lock",
    "failed-documents.json",
    "login.secret",
    "master.key",
    "reminders.json",
    "restore.json",
    "server.pid",
    "unfinished-answers.json",
    "work-folder.json",
)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)  # which Windows lacks


MAKE: dict[str, Callable[[Path], None]] = {"a pipe": make_pipe, "a folder": Path.mkdir}

pytestmark = needs_posix("Windows has no named pipes in folders")


@pytest.mark.left_to_ci
@pytest.mark.parametrize("what", MAKE)
def test_a_start_renames_and_names_each(start: Start, home: Path, what: str) -> None:
    data = home / ".cachibot"
    data.mkdir(mode=0o700)
    (home / "CachiBot").mkdir()
    replaced = [*(data / name for name in OWN), home / ".cachibot.toml", home / "CachiBot" / "cachibot.toml"]
    env = home / "CachiBot" / ".env"
    MAKE[what](env)
    (data / "logs").write_text("not a folder")
    for path in replaced:
        MAKE[what](path)
    server = start()
    server.wait_until_ready()
    assert server.sign_up()
    for path in replaced:
        assert re.search(rf"{re.escape(str(path))}: It is {what}\. It was renamed to {path.name}\.", server.stderr)
        assert os.path.lexists(path.with_name(f"{path.name}.damaged-1"))
    assert env.is_dir() == (what == "a folder"), "a folder may be a virtual environment"
    assert not env.is_fifo()
    assert f"{data / 'logs'}: It is not a folder. It was renamed to logs.damaged-1." in server.stderr
    assert server.stop() == 0
    assert (data / "desktop.json").is_file()


@pytest.mark.left_to_ci
@pytest.mark.parametrize("what", ["a pipe", "a folder"])
def test_a_database_that_is_no_file_is_refused_and_stays(start: Start, home: Path, what: str) -> None:
    database = home / ".cachibot" / "cachibot.db"
    database.parent.mkdir(mode=0o700)
    MAKE[what](database)
    server = start()
    assert server.wait(60) == ExitCode.DATABASE_DAMAGED
    assert f"The database is damaged: {database} (it is {what})" in server.stderr.strip().splitlines()[-1]
    assert os.path.lexists(database)


@pytest.mark.left_to_ci
def test_no_empty_database_is_made_in_the_place_of_a_missing_disk(start: Start, home: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    database = home / ".cachibot" / "cachibot.db"
    database.parent.mkdir(mode=0o700)
    database.symlink_to(disk / "mine.db")
    server = start()
    assert server.wait(60) == ExitCode.HOME_NOT_WRITABLE
    assert f"{database} is a link to {disk / 'mine.db'}, which doesn't exist" in server.stderr
    assert list(disk.iterdir()) == []
    with closing(sqlite3.connect(disk / "mine.db")) as connection:
        connection.execute("CREATE TABLE notes (text)")
    start().wait_until_ready()


@pytest.mark.left_to_ci
@pytest.mark.parametrize("command", ["--check-data", "--backup", "--back-up-all", "--finish-restore"])
def test_no_command_waits_for_a_pipe(home: Path, tmp_path: Path, command: str) -> None:
    data = home / ".cachibot"
    data.mkdir(mode=0o700)
    with closing(sqlite3.connect(data / "cachibot.db")) as connection:
        connection.execute("CREATE TABLE notes (text)")
    for path in (data / "desktop.json", data / "restore.json", home / ".cachibot.toml"):
        os.mkfifo(path)
    argument = [str(tmp_path / "copy")] if command.startswith("--back") else []
    answer = run_server(home, command, *argument)
    assert answer.returncode == 0, answer.stderr
