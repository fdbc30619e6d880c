"""Small parts around the data: location, atomic writes, stock servers, problems, failures."""

from __future__ import annotations

import errno
import os
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop import backup, data, database, problems, stock_server
from cachibot_desktop.codes import MEANING, Exit, Foreseen
from cachibot_desktop.version import as_numbers
from entry import SERVER, environment, free_port, run_entry


def test_every_code_has_a_meaning() -> None:
    assert set(MEANING) == set(Exit)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/usr/bin/python3 /home/x/.local/bin/cachibot server --port 5870", True),
        ("/home/x/.local/bin/cachibot server", True),
        ("C:\\Py\\Scripts\\cachibot.exe server --host 127.0.0.1", True),
        ("python -m cachibot server", True),
        ("python /usr/bin/uvicorn cachibot.api.server:app", True),
        ("/opt/CachiBot/resources/backend/cachibot-server --port 5870", True),
        ("python /usr/bin/cachi server", True),
        ("/home/x/.local/bin/cachibot run task", False),
        ("python train.py --out cachibot-server", False),
        ("python app.py", False),
        ("", False),
    ],
)
def test_a_command_line_is_a_server_or_is_not(words: str, *, expected: bool) -> None:
    assert stock_server.is_server(words.split()) is expected


def test_our_own_command_line_can_be_read() -> None:
    assert any("pytest" in word for word in stock_server.command_line(os.getpid()))


def test_the_database_is_where_cachibots_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CACHIBOT_DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    assert database.locate(tmp_path, workspace) == tmp_path / ".cachibot" / "cachibot.db"
    (tmp_path / ".cachibot.toml").write_text('[database]\nurl = "postgresql://u:p@host/db"\n')
    assert database.locate(tmp_path, workspace) is None
    (workspace / "cachibot.toml").write_text('[database]\nurl = "sqlite+aiosqlite:////elsewhere/my.db"\n')
    assert database.locate(tmp_path, workspace) == Path("/elsewhere/my.db")
    (workspace / "cachibot.toml").write_text("not = [toml")
    assert database.locate(tmp_path, workspace) is None


def test_a_backup_of_a_database_server_says_so_and_does_nothing(home: Path) -> None:
    (home / ".cachibot.toml").write_text('[database]\nurl = "postgresql://u:p@host/db"\n')
    answer = run_entry(home, "--backup", str(home / "copy.db"))
    assert answer.returncode == 0
    assert "Nothing was copied" in answer.stdout
    assert not (home / "copy.db").exists()


def test_a_backup_of_nothing_says_so(home: Path) -> None:
    assert "no database" in backup.make(home / "missing.db", home / "copy.db")
    assert list(home.iterdir()) == []


def test_a_failed_backup_leaves_nothing_behind(home: Path) -> None:
    damaged = home / "cachibot.db"
    damaged.write_bytes(b"no database " * 1000)
    with pytest.raises(Foreseen) as failure:
        backup.make(damaged, home / "copy.db")
    assert failure.value.code is Exit.DATABASE_DAMAGED
    assert [path.name for path in home.iterdir()] == ["cachibot.db"]


def test_checking_changes_no_byte_and_makes_no_file(home: Path) -> None:
    file = home / "cachibot.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE users (id)")
    before = file.read_bytes()
    database.check_soundness(file, whole=True)
    assert file.read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["cachibot.db"]


def test_a_write_replaces_a_file_as_a_whole_or_not_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "settings"
    data.write_atomically(file, "old")
    assert file.stat().st_mode & 0o777 == 0o600

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        data.write_atomically(file, "new")
    assert file.read_text() == "old"
    assert [path.name for path in home.iterdir()] == ["settings"]


def test_damaged_files_are_kept_one_beside_the_other(home: Path) -> None:
    for _ in range(2):
        (home / "x").write_text("damaged")
        data.set_aside(home / "x")
    assert sorted(path.name for path in home.iterdir()) == ["x.damaged-1", "x.damaged-2"]


def test_the_lock_is_held_against_other_processes(home: Path) -> None:
    data.DataLock(home)
    snippet = (
        "import sys; from pathlib import Path; from cachibot_desktop.data import DataLock; DataLock(Path(sys.argv[1]))"
    )
    desktop = str(Path(__file__).parents[2] / "desktop")
    other = subprocess.run(
        [sys.executable, "-c", snippet, str(home)],
        env=environment(home, PYTHONPATH=desktop),
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.returncode != 0
    assert f"process {os.getpid()}" in other.stderr


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OSError(errno.ENOSPC, "full", "/x"), Exit.DISK_FULL),
        (OSError(errno.EROFS, "read-only", "/x"), Exit.HOME_NOT_WRITABLE),
        (PermissionError(errno.EACCES, "denied", "/x"), Exit.HOME_NOT_WRITABLE),
    ],
)
def test_failures_are_recognised_however_they_are_wrapped(problem: OSError, code: Exit) -> None:
    wrapped = RuntimeError("startup failed")
    wrapped.__cause__ = ValueError()
    wrapped.__cause__.orig = problem  # type: ignore[attr-defined] # as SQLAlchemy does
    found = database.explain(wrapped, Path("/y/cachibot.db"))
    assert found is not None
    assert found.code is code
    assert "\n" not in found.line


def test_an_unknown_failure_stays_unknown() -> None:
    assert database.explain(RuntimeError("?"), Path("/x")) is None


@pytest.mark.parametrize(
    ("text", "numbers"), [("0.3.0", (0, 3, 0)), ("0.10.1", (0, 10, 1)), ("0.3.0.dev1", (0, 3, 0)), ("", ())]
)
def test_versions_compare_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert as_numbers(text) == numbers


def test_no_problem_is_found_where_there_is_none(home: Path) -> None:
    with closing(sqlite3.connect(home / "cachibot.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert problems.find_problems(home) == []


needs_mounts = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets a process mount a small file system for itself alone"
)
UNSHARE = (
    ["unshare", "--mount"]
    if getattr(os, "geteuid", int)() == 0
    else ["unshare", "--user", "--map-root-user", "--mount"]
)


@needs_mounts
@pytest.mark.parametrize(
    ("size", "fill", "code"),
    [("256k", "dd if=/dev/zero of=$HOME/fill bs=4k", 51), ("64m", "mount -o remount,ro $HOME", 50)],
)
def test_a_full_or_read_only_disk_is_told_in_one_line(
    home: Path, tmp_path: Path, size: str, fill: str, code: int
) -> None:
    script = f"""
        mount -t tmpfs -o size={size} none $HOME
        ({fill}) 2>/dev/null
        cd /tmp
        exec {shlex.join(SERVER)} --port {free_port()}
    """
    answer = subprocess.run(
        [*UNSHARE, "sh", "-c", script],
        env=environment(home, CACHIBOT_DESKTOP_TOKEN="0" * 64, CACHIBOT_WORKSPACE=str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == code, answer.stderr
    assert answer.stderr.strip().count("\n") == 0


@needs_mounts
def test_a_disk_that_fills_up_shows_in_the_problems(home: Path) -> None:
    snippet = (
        "from pathlib import Path; from cachibot_desktop import problems as p; print(p.find_problems(Path.home()))"
    )
    script = f"""
        mount -t tmpfs -o size=256k none $HOME
        dd if=/dev/zero of=$HOME/fill bs=4k 2>/dev/null
        {sys.executable} -c '{snippet}'
    """
    answer = subprocess.run(
        [*UNSHARE, "sh", "-c", script],
        env=environment(home, PYTHONPATH=str(Path(__file__).parents[2] / "desktop")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines()[0] == "['disk-full']"
