"""A copy of the database is complete, for each location and name of the database's folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import backup, backup_before_upgrade, database
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from cachibot_desktop.server import health
from server_process import ServerProcess, run_server
from systems import has_mode, needs_posix

ROWS = 60


@pytest.fixture
def writer(tmp_path: Path) -> sqlite3.Connection:
    """A connection to a database outside the home, with its rows in the write-ahead log."""
    (tmp_path / "elsewhere").mkdir()
    connection = sqlite3.connect(tmp_path / "elsewhere" / "real.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE notes (text)")
    connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 1000,)] * ROWS)
    connection.commit()
    return connection


def link(home: Path, target: Path) -> Path:
    file = home / ".cachibot" / "cachibot.db"
    file.parent.mkdir(mode=0o700)
    file.symlink_to(target)
    return file


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        count: int = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
        return count


@needs_posix("Windows lets only some users make a link")
def test_a_backup_of_a_linked_database_contains_the_log(home: Path, tmp_path: Path, writer: sqlite3.Connection) -> None:
    link(home, tmp_path / "elsewhere" / "real.db")
    answer = run_server(home, "--backup", str(home / "copy.db"))
    assert answer.returncode == 0, answer.stderr
    assert rows(home / "copy.db") == ROWS
    assert answer.stdout.startswith(f"Copied {tmp_path / 'elsewhere' / 'real.db'} to "), (
        "it names the file, not the link"
    )


@needs_posix("Windows lets only some users make a link")
def test_the_copy_before_an_upgrade_follows_two_links(home: Path, tmp_path: Path, writer: sqlite3.Connection) -> None:
    (tmp_path / "second").symlink_to(tmp_path / "elsewhere")
    link(home, tmp_path / "second" / "real.db")
    backup_before_upgrade.back_up_if_version_changed(database.locate(home, home), home, "1.0.0")
    (copy,) = (home / "backups").iterdir()
    assert rows(copy) == ROWS


@needs_posix("Windows lets only some users make a link")
def test_a_link_to_itself_does_not_crash(home: Path) -> None:
    file = link(home, home / ".cachibot" / "cachibot.db")
    assert database.locate(home, home) == file


def test_a_copy_is_consistent_while_another_program_writes(
    home: Path, writer: sqlite3.Connection, tmp_path: Path
) -> None:
    writer.executemany("INSERT INTO notes VALUES (?)", [("x" * 1000,)] * 20_000)
    writer.commit()
    written = 0

    def write(left: int, total: int) -> None:
        nonlocal written
        if total and left:
            writer.execute("INSERT INTO notes VALUES ('later')")
            writer.commit()
            written += 1

    backup.create(tmp_path / "elsewhere" / "real.db", home / "copy.db", write)
    assert written > 1
    assert rows(home / "copy.db") == ROWS + 20_000


def test_a_copy_that_lacks_rows_is_removed(
    home: Path, tmp_path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = database.open_read_only

    def open_after_deleting_rows(file: Path, wait_seconds: float = 2.0) -> sqlite3.Connection:
        if file.suffix != ".part":
            return real(file, wait_seconds)
        with closing(sqlite3.connect(file)) as copy:
            copy.execute("DELETE FROM notes WHERE rowid > 3")
            copy.commit()
        return real(file, wait_seconds)

    monkeypatch.setattr(backup, "open_read_only", open_after_deleting_rows)
    with pytest.raises(KnownFailure, match="notes has 3 rows instead of 60") as failure:
        backup.create(tmp_path / "elsewhere" / "real.db", home / "copy.db")
    assert failure.value.code is ExitCode.UNEXPECTED
    assert list(home.iterdir()) == []


@pytest.mark.left_to_ci
@needs_posix("Windows does not allow question marks in file names")
def test_a_question_mark_in_the_home_does_not_move_the_database(
    tmp_path: Path, start_at: Callable[[Path], ServerProcess]
) -> None:
    home = tmp_path / "who?" / "x"
    home.mkdir(parents=True)
    server = start_at(home)
    server.wait_until_ready()
    server.sign_up()
    answer = run_server(home, "--backup", str(home / "copy.db"))
    assert answer.returncode == 0, answer.stderr
    assert not (tmp_path / "who").exists()
    with closing(sqlite3.connect(home / "copy.db")) as copy:
        assert copy.execute("SELECT username FROM users").fetchall() == [("tester",)]
    assert has_mode(home / ".cachibot", 0o700)


@pytest.fixture
def start_at() -> Callable[[Path], ServerProcess]:
    started: list[ServerProcess] = []

    def start_server(home: Path) -> ServerProcess:
        started.append(ServerProcess(home))
        return started[-1]

    yield start_server
    for server in started:
        server.kill()


@pytest.mark.parametrize("options", ["", "?timeout=5"])
def test_options_of_a_url_are_not_part_of_the_path(home: Path, options: str) -> None:
    (home / ".cachibot.toml").write_text(f'[database]\nurl = "sqlite+aiosqlite:///{home.as_posix()}/my.db{options}"\n')
    assert database.locate(home, home / "workspace") == home / "my.db"


@needs_posix("Windows lets only some users make a link")
def test_health_checks_the_target_of_a_linked_database(
    home: Path, tmp_path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(home, tmp_path / "elsewhere" / "real.db")
    file = database.locate(home, home)
    assert health.find_problems(home, file) == []
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != tmp_path / "elsewhere")
    assert health.find_problems(home, file) == ["db-readonly"]
