"""Location and checks of the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import backup, database
from cachibot_desktop.exit_codes import MEANINGS, ExitCode, KnownFailure
from cachibot_desktop.server import health
from cachibot_desktop.upstream import parse_version
from server_process import run_server


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


def test_the_database_is_located_by_cachibots_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CACHIBOT_DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    assert database.locate(tmp_path, workspace) == tmp_path / ".cachibot" / "cachibot.db"
    (tmp_path / ".cachibot.toml").write_text('[database]\nurl = "postgresql://u:p@host/db"\n')
    assert database.locate(tmp_path, workspace) is None
    elsewhere = tmp_path / "elsewhere" / "my.db"
    (workspace / "cachibot.toml").write_text(f'[database]\nurl = "sqlite+aiosqlite:///{elsewhere.as_posix()}"\n')
    assert database.locate(tmp_path, workspace) == elsewhere
    (workspace / "cachibot.toml").write_text("not = [toml")
    assert database.locate(tmp_path, workspace) is None


def test_a_database_server_is_not_backed_up(home: Path) -> None:
    (home / ".cachibot.toml").write_text('[database]\nurl = "postgresql://u:p@host/db"\n')
    answer = run_server(home, "--backup", str(home / "copy.db"))
    assert answer.returncode == 0
    assert "Nothing was copied" in answer.stdout
    assert not (home / "copy.db").exists()


def test_a_missing_database_is_not_backed_up(home: Path) -> None:
    assert "no database" in backup.create(home / "missing.db", home / "copy.db")
    assert list(home.iterdir()) == []


def test_a_failed_backup_leaves_no_files(home: Path) -> None:
    damaged = home / "cachibot.db"
    damaged.write_bytes(b"no database " * 1000)
    with pytest.raises(KnownFailure) as failure:
        backup.create(damaged, home / "copy.db")
    assert failure.value.code is ExitCode.DATABASE_DAMAGED
    assert [path.name for path in home.iterdir()] == ["cachibot.db"]


def test_a_check_changes_no_byte_and_creates_no_file(home: Path) -> None:
    file = home / "cachibot.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE users (id)")
    before = file.read_bytes()
    database.check_integrity(file, complete=True)
    assert file.read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["cachibot.db"]


@pytest.mark.parametrize(
    ("text", "numbers"), [("0.3.0", (0, 3, 0)), ("0.10.1", (0, 10, 1)), ("0.3.0.dev1", (0, 3, 0)), ("", ())]
)
def test_versions_compare_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert parse_version(text) == numbers


def test_a_healthy_database_has_no_problems(home: Path) -> None:
    with closing(sqlite3.connect(home / "cachibot.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert health.find_problems(home, home / "cachibot.db") == []
