"""Pipes and folders in the place of the server's files: no start waits for them, and each is named."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import folder
from cachibot_desktop.exit_codes import ExitCode
from server_process import ServerProcess, run_server
from systems import needs_posix

Start = Callable[..., ServerProcess]
REPLACED = (*folder.REPLACEABLE, folder.LOCK)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


MAKE: dict[str, Callable[[Path], None]] = {"a pipe": make_pipe, "a folder": Path.mkdir}

needs_pipes = needs_posix("Windows has no named pipes in folders")
needs_links = needs_posix("links need a right on Windows")
each_kind = pytest.mark.parametrize("what", [pytest.param("a pipe", marks=needs_pipes), "a folder"])

UNREACHABLE = "x" * 300
"""The target of a link that cannot be looked at, for another reason than that it is missing: as on a lost disk."""


@pytest.fixture
def data(home: Path) -> Path:
    created = home / ".cachibot"
    created.mkdir(mode=0o700)
    return created


def make_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE notes (text)")


@pytest.mark.left_to_ci
@each_kind
def test_a_start_renames_and_names_each(start: Start, home: Path, data: Path, what: str) -> None:
    (home / "CachiBot").mkdir()
    replaced = [*(data / name for name in REPLACED), home / ".cachibot.toml", home / "CachiBot" / "cachibot.toml"]
    env = home / "CachiBot" / ".env"
    kept = [env, data / "mine", data / "mine.json", data / "mine.lock"]
    (data / "logs").write_text("not a folder")
    for path in (*replaced, *kept):
        MAKE[what](path)
    server = start()
    server.wait_until_ready()
    assert server.sign_up()
    for path in replaced:
        assert re.search(rf"{re.escape(str(path))}: It is {what}\. It was renamed to {path.name}\.", server.stderr)
        assert os.path.lexists(path.with_name(f"{path.name}.damaged-1"))
    assert all(path.is_fifo() if what == "a pipe" else path.is_dir() for path in kept)
    assert f"{data / 'logs'}: It is not a folder. It was renamed to logs.damaged-1." in server.stderr
    assert server.stop() == 0
    assert (data / "desktop.json").is_file()


@needs_links
@pytest.mark.left_to_ci
def test_a_start_does_not_look_at_links(start: Start, home: Path, data: Path) -> None:
    (home / "CachiBot").mkdir()
    links = [*(data / name for name in ("backups", "mine")), home / "CachiBot" / ".env"]
    for link in links:
        link.symlink_to(UNREACHABLE)
    (data / "work-folder.json").symlink_to(os.devnull)
    server = start()
    server.wait_until_ready()
    assert all(str(link.readlink()) == UNREACHABLE for link in links)
    assert (data / "work-folder.json").is_symlink()


@needs_pipes
def test_a_start_does_not_wait_for_a_pipe_at_the_end_of_a_link(start: Start, data: Path, tmp_path: Path) -> None:
    pipe, secret = tmp_path / "pipe", data / "login.secret"
    make_pipe(pipe)
    secret.symlink_to(pipe)
    server = start()
    server.wait_until_ready()
    assert "damaged and is now in login.secret.damaged-1" in server.stderr
    assert secret.is_file()
    assert not secret.is_symlink()
    assert pipe.is_fifo(), "the link is renamed, and not the pipe"


@needs_pipes
@pytest.mark.left_to_ci
def test_a_second_start_renames_nothing(start: Start, home: Path) -> None:
    start().wait_until_ready()
    pipe = home / ".cachibot" / "work-folder.json"
    make_pipe(pipe)
    assert start().wait(60) == ExitCode.DATA_IN_USE
    assert pipe.is_fifo()


@pytest.mark.left_to_ci
@each_kind
def test_a_database_that_is_no_file_is_refused_and_stays(start: Start, home: Path, data: Path, what: str) -> None:
    MAKE[what](data / "cachibot.db")
    server = start()
    assert server.wait(60) == ExitCode.DATABASE_DAMAGED
    expected = f"The database is damaged: {data / 'cachibot.db'} (it is {what})"
    assert expected in server.stderr.strip().splitlines()[-1]
    assert os.path.lexists(data / "cachibot.db")
    for command in (["--check-data"], ["--backup", str(home / "copy")], ["--back-up-all", str(home / "all")]):
        answer = run_server(home, *command)
        assert answer.returncode == ExitCode.DATABASE_DAMAGED, answer
        assert expected in answer.stderr


@needs_links
@pytest.mark.left_to_ci
def test_no_empty_database_is_made_in_the_place_of_a_missing_disk(
    start: Start, home: Path, data: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    database = data / "cachibot.db"
    database.symlink_to(disk / "mine.db")
    server = start()
    assert server.wait(60) == ExitCode.HOME_NOT_WRITABLE
    expected = (
        f"The database {database} is a link to {disk / 'mine.db'}, which doesn't exist. Connect that disk, or remove"
        " the link to start with an empty database.\n"
    )
    assert server.stderr.endswith(expected)
    for command in (["--check-data"], ["--backup", str(home / "copy")], ["--back-up-all", str(home / "all")]):
        answer = run_server(home, *command)
        assert (answer.returncode, answer.stderr) == (ExitCode.HOME_NOT_WRITABLE, expected)
    assert list(disk.iterdir()) == []
    make_database(disk / "mine.db")
    start().wait_until_ready()


@needs_links
@pytest.mark.left_to_ci
@pytest.mark.parametrize("name", ["cachibot.db", "master.key"])
def test_a_link_to_a_lost_disk_is_refused_in_words(start: Start, data: Path, name: str) -> None:
    (data / name).symlink_to(UNREACHABLE)
    server = start()
    assert server.wait(60) == ExitCode.HOME_NOT_WRITABLE
    assert f"{data / name} is a link to {UNREACHABLE}" in server.stderr
    assert (data / name).is_symlink()


@pytest.mark.left_to_ci
@each_kind
def test_a_master_key_that_is_no_file_is_refused_and_stays(start: Start, data: Path, what: str) -> None:
    key = data / "master.key"
    MAKE[what](key)
    server = start()
    assert server.wait(60) == ExitCode.HOME_NOT_WRITABLE
    assert f"The key for your stored secrets can't be read: {key} is {what}." in server.stderr
    assert [path.name for path in data.glob("master.key*")] == ["master.key"]
    assert not key.is_file()


@needs_pipes
@pytest.mark.left_to_ci
@pytest.mark.parametrize("name", [*folder.REPLACEABLE, "master.key"])
def test_a_backup_does_not_wait_for_a_pipe(home: Path, data: Path, name: str) -> None:
    make_database(data / "cachibot.db")
    make_pipe(data / name)
    answer = run_server(home, "--back-up-all", str(home / "copy"))
    assert answer.returncode == 0, answer.stderr


@needs_pipes
@pytest.mark.left_to_ci
@pytest.mark.parametrize("command", ["--check-data", "--backup", "--back-up-all", "--finish-restore"])
def test_no_command_waits_for_a_pipe(home: Path, data: Path, tmp_path: Path, command: str) -> None:
    make_database(data / "cachibot.db")
    for path in (data / "desktop.json", data / "restore.json", home / ".cachibot.toml"):
        make_pipe(path)
    argument = [str(tmp_path / "copy")] if command.startswith("--back") else []
    answer = run_server(home, command, *argument)
    assert answer.returncode == 0, answer.stderr
