"""A backup that replaced a crashed database is opened without the old log; without a restore, the log is applied."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cachibot_desktop.data import database, version_record, write_ahead_log
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from server_process import ServerProcess, run_server
from systems import needs_posix

Start = Callable[..., ServerProcess]
Restore = Callable[[Path, Path], object]

BEFORE, AFTER = 20, 170

WRITE = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("CREATE TABLE IF NOT EXISTS my_notes (text)")
connection.executemany("INSERT INTO my_notes VALUES (?)", [("x" * 1000,)] * int(sys.argv[2]))
connection.commit()
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
connection.close()
"""


def write(file: Path, rows: int, end: str) -> None:
    """Add rows in another process. If `end` is "killed", they remain in the write-ahead log."""
    subprocess.run([sys.executable, "-c", WRITE, str(file), str(rows), end], check=False)


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count: int = connection.execute("SELECT count(*) FROM my_notes").fetchone()[0]
        return count


def names_beside(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if path.name.startswith(file.name))


def through_a_temporary_file(copy: Path, file: Path) -> None:
    """Replace `file` as a file manager does, with the modification time of the copy."""
    shutil.copy2(copy, file.with_name("copying"))
    file.with_name("copying").replace(file)


def over_a_damaged_database(copy: Path, file: Path) -> None:
    file.write_bytes(b"damaged" * 1000)
    shutil.copyfile(copy, file)


WAYS: dict[str, Restore] = {
    "cp": shutil.copyfile,
    "cp -p": shutil.copy2,
    "mv": os.replace,
    "file manager": through_a_temporary_file,
    "remove, then copy": lambda copy, file: (file.unlink(), shutil.copyfile(copy, file)),
    "damaged": over_a_damaged_database,
}


@pytest.fixture
def crashed(home: Path) -> Path:
    """A database with 170 rows, 150 of them in the log of a killed process. `copy.db` in the home has 20 rows."""
    file = home / ".cachibot" / "cachibot.db"
    file.parent.mkdir()
    write(file, BEFORE, "closed")
    answer = run_server(home, "--backup", str(home / "copy.db"))
    assert answer.returncode == 0, answer.stderr
    write(file, AFTER - BEFORE, "killed")
    assert write_ahead_log._length(file.with_name("cachibot.db-wal")) > 0
    return file


@pytest.mark.parametrize(
    "way",
    [
        "cp",
        pytest.param("mv", marks=pytest.mark.left_to_ci),
        pytest.param("damaged", marks=pytest.mark.left_to_ci),
    ],
)
def test_the_server_opens_a_restored_backup_without_the_old_log(
    start: Start, home: Path, crashed: Path, way: str
) -> None:
    WAYS[way](home / "copy.db", crashed)
    server = start()
    health = server.wait_until_ready()
    moved = crashed.with_name("cachibot.db-wal.unrelated-1")
    assert server.stop() == 0
    assert rows(crashed) == BEFORE
    assert health["stray_log"] == str(moved)
    assert f"does not belong to the database {crashed} (the database is a backup" in server.stderr
    assert str(moved) in server.stderr
    assert moved.stat().st_size > 0
    again = start()
    assert "stray_log" not in again.wait_until_ready()


@pytest.mark.left_to_ci
def test_a_crash_without_a_restore_loses_nothing(start: Start, crashed: Path) -> None:
    server = start()
    assert "stray_log" not in server.wait_until_ready()
    assert server.stop() == 0
    assert rows(crashed) == AFTER
    assert [name for name in names_beside(crashed) if "unrelated" in name] == []


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_restoring_a_backup_is_recognised(home: Path, crashed: Path, way: str) -> None:
    WAYS[way](home / "copy.db", crashed)
    assert database.prepare(crashed, None) == crashed.with_name("cachibot.db-wal.unrelated-1")
    assert rows(crashed) == BEFORE


@pytest.mark.parametrize("way", WAYS)
def test_a_second_restore_keeps_the_log_moved_by_the_first(home: Path, crashed: Path, way: str) -> None:
    shutil.copy(home / "copy.db", home / "copy-2.db")
    WAYS[way](home / "copy.db", crashed)
    database.prepare(crashed, None)
    write(crashed, 5, "killed")
    WAYS[way](home / "copy-2.db", crashed)
    assert database.prepare(crashed, None) == crashed.with_name("cachibot.db-wal.unrelated-2")
    assert rows(crashed) == BEFORE


@pytest.mark.left_to_ci
def test_a_backup_of_a_restored_backup_has_the_same_rows(home: Path, crashed: Path) -> None:
    shutil.copyfile(home / "copy.db", crashed)
    names = names_beside(crashed)
    assert run_server(home, "--check-data").returncode == 0
    assert run_server(home, "--backup", str(home / "second.db")).returncode == 0
    assert rows(home / "second.db") == BEFORE
    assert names_beside(crashed) == names, "only a start moves the log"


def test_a_log_without_a_database_is_kept(crashed: Path) -> None:
    crashed.rename(crashed.with_name("moved away"))
    moved = database.prepare(crashed, None)
    assert moved is not None
    # After both are renamed back, no row is missing.
    crashed.with_name("moved away").rename(crashed)
    moved.rename(crashed.with_name("cachibot.db-wal"))
    assert rows(crashed) == AFTER


def test_a_damaged_database_keeps_its_log(crashed: Path) -> None:
    crashed.write_bytes(b"damaged" * 1000)
    with pytest.raises(KnownFailure) as failure:
        database.prepare(crashed, None)
    assert failure.value.code is ExitCode.DATABASE_DAMAGED
    assert "cachibot.db-wal" in names_beside(crashed)


@pytest.mark.parametrize("way", ["mv", "file manager"])
def test_a_replaced_database_is_recognised_by_its_inode(home: Path, crashed: Path, way: str) -> None:
    # A plain copy of the closed database. Its content does not contradict the log.
    plain = home / "plain.db"
    shutil.copyfile(crashed, plain)
    files = write_ahead_log.identify(crashed)
    assert files is not None
    assert write_ahead_log.move_stray(crashed, files) is None, "the database was not replaced"
    WAYS[way](plain, crashed)
    assert write_ahead_log.move_stray(crashed, None) is None, "without a record the replacement is not recognised"
    assert write_ahead_log.move_stray(crashed, files) is not None
    assert rows(crashed) == BEFORE


def test_a_copied_folder_keeps_its_log(home: Path, crashed: Path) -> None:
    files = write_ahead_log.identify(crashed)
    shutil.copytree(crashed.parent, home / "other")
    assert write_ahead_log.move_stray(home / "other" / "cachibot.db", files) is None
    assert rows(home / "other" / "cachibot.db") == AFTER


def test_an_older_plain_copy_is_recognised_by_its_content(home: Path, crashed: Path) -> None:
    plain = home / "plain.db"
    with closing(sqlite3.connect(crashed)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(crashed, plain)
    for _ in range(2):
        write(crashed, 50, "closed")
    write(crashed, 50, "killed")
    shutil.copyfile(plain, crashed)
    assert database.prepare(crashed, None) is not None
    assert rows(crashed) == AFTER


def test_a_log_that_would_damage_the_database_is_moved(
    home: Path, crashed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_ahead_log, "move_stray", lambda _database, _last: None)
    with closing(sqlite3.connect(home / "sound.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE my_notes (text)")
        connection.executemany("INSERT INTO my_notes VALUES (?)", [("y" * 3000,)] * 300)
        connection.commit()
    shutil.copyfile(home / "sound.db", crashed)
    assert database.prepare(crashed, None) is not None
    assert rows(crashed) == 300


KEEP_OPEN = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM my_notes").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


@needs_posix("Windows itself refuses to move a file that is open")
def test_the_log_of_an_open_database_is_not_moved(crashed: Path) -> None:
    command = [sys.executable, "-c", KEEP_OPEN, str(crashed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        assert write_ahead_log.move(crashed, "a reason") is None
        other.kill()
    assert write_ahead_log.move(crashed, "a reason") is not None


@pytest.mark.left_to_ci
def test_the_record_has_the_inode_numbers_of_the_files(start: Start, home: Path) -> None:
    server = start()
    server.wait_until_ready()
    assert version_record.read(server.data).files == write_ahead_log.identify(server.data / "cachibot.db")


@pytest.mark.left_to_ci
def test_a_killed_writer_never_loses_its_log(tmp_path: Path) -> None:
    """Kill a process that checkpoints, vacuums, spills and rolls back, repeatedly: its log must never be moved."""
    dice = Random(3)
    kills = int(os.environ.get("CACHIBOT_TEST_KILLS", "12"))
    with_log = 0
    for number in range(kills):
        file = tmp_path / f"{number // 4}.db"
        script = Path(__file__).parent.with_name("busy_writer.py")
        process = subprocess.Popen([sys.executable, script, file, str(number)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"writing"
        time.sleep(dice.uniform(0.3, 0.9))
        files = write_ahead_log.identify(file)
        process.kill()
        process.communicate()
        with_log += write_ahead_log._length(file.with_name(file.name + "-wal")) > 0
        assert database.prepare(file, files) is None
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert with_log > kills / 2
