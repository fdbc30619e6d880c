"""A disk that refuses locks is named at once, and never taken for data that another program uses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cachibot_desktop.data import disk_locks
from cachibot_desktop.data.database_failures import known_failure
from cachibot_desktop.exit_codes import ExitCode
from filled_home import write_rows
from refused_calls import needs_filter, refusing
from server_process import ServerProcess, run_server
from systems import needs_posix

Start = Callable[..., ServerProcess]
TITLE = "CachiBot can't lock its data on this disk: /"


@needs_filter
@pytest.mark.parametrize("refused", ["flock=ENOLCK", "flock=EOPNOTSUPP", "fcntl=ENOLCK", "fcntl=EINVAL"])
def test_a_start_names_the_disk(start: Start, home: Path, refused: str) -> None:
    server = start(under=refusing(refused))
    assert server.wait() == ExitCode.LOCKS_REFUSED, server.stderr
    assert server.stderr.startswith(TITLE)
    assert str(home / ".cachibot") in server.stderr
    assert server.stderr.count("\n") == 1
    assert not (home / ".cachibot" / "cachibot.db").exists()


@needs_filter
@pytest.mark.parametrize("command", ["--backup", "--back-up-all", "--restore"])
def test_a_backup_and_a_restore_name_the_disk(home: Path, command: str) -> None:
    (home / ".cachibot").mkdir()
    write_rows(home / ".cachibot" / "cachibot.db", "row", 1)
    backup, file = home / "backup", home / "file"
    assert run_server(home, "--back-up-all", str(backup)).returncode == 0
    target = backup if command == "--restore" else file
    answer = run_server(home, command, str(target), under=refusing("fcntl=ENOLCK"))
    assert answer.returncode == ExitCode.LOCKS_REFUSED, answer.stderr
    assert answer.stderr.startswith(TITLE)
    assert not file.exists()


@needs_posix("on Windows these locks belong to SQLite alone")
def test_the_disk_of_a_database_elsewhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite reports a refused lock as one that another program holds."""
    database = tmp_path / "cachibot.db"
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    held = known_failure(busy, database)
    assert held is not None
    assert held.code is ExitCode.DATA_IN_USE
    monkeypatch.setattr("fcntl.lockf", refuse)
    refused = known_failure(busy, database)
    assert refused is not None
    assert refused.code is ExitCode.LOCKS_REFUSED
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorcode = sqlite3.SQLITE_IOERR_LOCK
    refused = known_failure(broken, database)
    assert refused is not None
    assert refused.code is ExitCode.LOCKS_REFUSED


def refuse(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_folder_that_cannot_be_written_is_no_refusal(tmp_path: Path) -> None:
    disk_locks.check(tmp_path / "missing")
