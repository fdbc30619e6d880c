"""A newer app on older data: the data is copied before it is changed, and not changed if the copy fails."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import backup_before_upgrade, database, version_record
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from cachibot_desktop.upstream import cachibot_version
from server_process import (
    PYTHON,
    SERVER,
    UNSHARE,
    ServerProcess,
    environment,
    free_port,
    needs_mounts,
    token_on_stdin,
    wait_for,
)
from systems import has_mode

Start = Callable[..., ServerProcess]
NOW = cachibot_version()


def fill(file: Path, rows: int = 3) -> None:
    """Add rows to a database, which is created if it is missing."""
    file.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS notes (text)")
    connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 1000,)] * rows)
    connection.commit()
    connection.close()


def copies(data: Path) -> list[str]:
    folder = data / "backups"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def columns(file: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return set(database.schema_of(connection)[table])


@pytest.mark.left_to_ci
def test_older_data_is_copied_before_it_is_changed(start: Start) -> None:
    first = start(env={"CACHIBOT_DESKTOP_VERSION": "1.0.0"})
    first.wait_until_ready()
    first.sign_up()
    assert copies(first.data) == [], "there was no data to copy"
    first.kill()
    # Make the database that of an older cachibot, with a part of it in the write-ahead log.
    with closing(sqlite3.connect(first.data / "cachibot.db")) as connection:
        connection.execute("ALTER TABLE bots DROP COLUMN models")
    about = json.loads((first.data / "desktop.json").read_text())
    (first.data / "desktop.json").write_text(json.dumps({**about, "cachibot": "0.2.60"}))

    second = start(env={"CACHIBOT_DESKTOP_VERSION": "1.1.0"})
    second.wait_until_ready()
    (name,) = copies(second.data)
    assert name.startswith("cachibot-0.2.60-app-1.0.0-20")
    copy = second.data / "backups" / name
    assert "models" not in columns(copy, "bots")
    assert "models" in columns(second.data / "cachibot.db", "bots"), "the newer version has changed it"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert has_mode(copy, 0o600)
    assert has_mode(copy.parent, 0o700)
    assert name in second.stderr
    second.stop()

    third = start(env={"CACHIBOT_DESKTOP_VERSION": "1.1.0"})
    third.wait_until_ready()
    assert copies(third.data) == [name], "the same version makes no copy"
    about = json.loads((third.data / "desktop.json").read_text())
    assert (about["cachibot"], about["app"]) == (NOW, "1.1.0")
    assert "backup" not in about


@pytest.mark.parametrize(
    ("last", "app", "name"),
    [
        ({"cachibot": NOW, "app": "1.0.0"}, "1.0.0", None),
        ({"cachibot": NOW, "app": "1.0.0"}, None, None),
        ({"cachibot": NOW, "app": "1.0.0-beta.1"}, "1.0.0-beta.2", f"{NOW}-app-1.0.0-beta.1"),
        ({"cachibot": NOW}, "1.0.0", NOW),
        ({"cachibot": "0.2.60", "app": "1.0.0"}, "1.0.0", "0.2.60-app-1.0.0"),
        ({"cachibot": "../../0.2", "app": "a b"}, "1.0.0", "unknown"),
        ({"cachibot": 3}, "1.0.0", "unknown"),
        (None, "1.0.0", "unknown"),
    ],
)
def test_the_copy_is_named_after_the_versions_that_used_the_data_last(
    home: Path, last: object, app: str | None, name: str
) -> None:
    fill(home / "cachibot.db")
    if last is not None:
        (home / "desktop.json").write_text(json.dumps(last))
    backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, app)
    made = [copy.rpartition("-")[0] for copy in copies(home)]
    assert made == ([] if name is None else [f"cachibot-{name}"])


def test_the_newest_three_copies_and_all_other_files_are_kept(home: Path) -> None:
    fill(home / "cachibot.db")
    folder = home / "backups"
    folder.mkdir()
    others = ["my own copy.db", "cachibot-0.1.0.db", "cachibot-0.1.0-20250101T000000Z.db.gz", "cachibot.db"]
    ours = [f"cachibot-0.{number}.0-2025010{number}T000000Z.db" for number in range(1, 6)]
    for name in [*others, *ours]:
        (folder / name).write_text("content")
    unfinished = "cachibot-0.9.0-20250109T000000Z.db"
    for end in ("", ".part", ".part-journal"):
        (folder / (unfinished + end)).touch()
    backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, "1.0.0")
    new = [name for name in copies(home) if "unknown" in name]
    assert len(new) == 1
    assert set(copies(home)) == {*others, *ours[-2:], *new}


def test_the_page_s_storage_is_in_each_copy_and_is_removed_with_it(home: Path) -> None:
    fill(home / "cachibot.db")
    page = Path("Partitions/cachibot/Local Storage/leveldb")
    (home / "profile" / page).mkdir(parents=True)
    for name in ("CURRENT", "000003.log", "LOCK"):
        (home / "profile" / page / name).write_text(f"content of {name}")
    folder = home / "backups"
    ours = [f"cachibot-0.{number}.0-2025010{number}T000000Z" for number in range(1, 4)]
    for name in ours:
        (folder / f"{name}.page").mkdir(parents=True)
        (folder / f"{name}.db").write_text("content")
    (folder / "cachibot-0.9.0-20250109T000000Z.page").mkdir()  # the copy of its database failed
    (folder / "my own.page").mkdir()
    backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, "1.0.0", profile=home / "profile")
    (new,) = [Path(name).stem for name in copies(home) if name.startswith("cachibot-unknown") and name.endswith(".db")]
    kept = {f"{name}{end}" for name in (*ours[1:], new) for end in (".db", ".page")}
    assert set(copies(home)) == {*kept, "my own.page"}
    assert sorted(file.name for file in (folder / f"{new}.page" / page).iterdir()) == ["000003.log", "CURRENT"]
    assert has_mode(folder / f"{new}.page", 0o700)


def test_failed_starts_do_not_displace_earlier_copies(home: Path) -> None:
    fill(home / "cachibot.db", rows=1)
    version_record.write(home, version_record.Record(cachibot="0.2.60", app="0.9.0"))
    # The copy that the app made before it installed the new version, and may restore.
    promised = "cachibot-0.2.60-app-0.9.0-20200101T000000Z.db"
    earlier = "cachibot-0.2.60-app-0.8.0-20190101T000000Z.db"
    (home / "backups").mkdir()
    for name in (earlier, promised):
        shutil.copy(home / "cachibot.db", home / "backups" / name)
    for number in range(6):
        backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, "1.0.0")
        # The start fails after it has changed the database.
        fill(home / "cachibot.db", rows=1)
        # Give the copy the name of a copy made on another day.
        (newest,) = [name for name in copies(home) if "T000000Z" not in name]
        named = newest[:-19] + f"2020010{number + 2}T000000Z.db"
        (home / "backups" / newest).rename(home / "backups" / named)
        if number == 0:
            assert version_record.read(home).backup == newest
            version_record.write(home, version_record.Record(cachibot="0.2.60", app="0.9.0", backup=named))
    assert promised in copies(home)
    rows = []
    for name in copies(home):
        with closing(sqlite3.connect(home / "backups" / name)) as connection:
            rows += connection.execute("SELECT count(*) FROM notes").fetchone()
    assert rows == [1, 1, 6]


def test_a_database_server_is_not_copied(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version_record.write(home, version_record.Record(cachibot="0.2.60"))
    backup_before_upgrade.back_up_if_version_changed(None, home, "1.0.0")
    assert "database server" in capsys.readouterr().err
    assert copies(home) == []


def test_a_long_copy_reports_its_progress(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backup_before_upgrade, "REPORT_SECONDS", 0.0)
    fill(home / "cachibot.db", rows=20_000)
    steps: list[int] = []
    backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, "1.0.0", steps.append)
    assert len(set(steps)) > 3
    assert "%." in capsys.readouterr().err


def test_the_wait_for_a_locked_database_is_limited(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_before_upgrade, "WAIT_SECONDS", 0.5)
    file = home / "cachibot.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("CREATE TABLE t (x)")
        (home / "cachibot.db-shm").touch()
        with pytest.raises(KnownFailure) as failure:
            backup_before_upgrade.back_up_if_version_changed(file, home, "1.0.0")
    assert failure.value.code is ExitCode.DATA_IN_USE
    assert "close that program" in failure.value.line
    assert copies(home) == []


def test_without_a_folder_for_copies_the_upgrade_fails(home: Path) -> None:
    fill(home / "cachibot.db")
    (home / "backups").write_text("a file where a folder should be")
    with pytest.raises(KnownFailure) as failure:
        backup_before_upgrade.back_up_if_version_changed(home / "cachibot.db", home, "1.0.0")
    assert failure.value.code is ExitCode.HOME_NOT_WRITABLE
    assert str(home / "backups") in failure.value.line


BIG = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("CREATE TABLE notes (text)")
connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 100_000,)] * 180)
connection.commit()
"""


@pytest.mark.left_to_ci
@needs_mounts
def test_without_space_for_a_copy_the_upgrade_fails(home: Path, tmp_path: Path) -> None:
    script = f"""
        mount -t tmpfs -o size=30m none $HOME
        mkdir $HOME/.cachibot
        {PYTHON} -c '{BIG}' $HOME/.cachibot/cachibot.db
        echo '{{"cachibot": "0.2.60"}}' > $HOME/.cachibot/desktop.json
        cd /tmp
        sha256sum $HOME/.cachibot/cachibot.db $HOME/.cachibot/desktop.json > {tmp_path}/before
        {shlex.join(SERVER)} --port {free_port()}
        code=$?
        sha256sum $HOME/.cachibot/cachibot.db $HOME/.cachibot/desktop.json > {tmp_path}/after
        ls $HOME/.cachibot/backups > {tmp_path}/left
        exit $code
    """
    with token_on_stdin() as stdin:
        answer = subprocess.run(
            [*UNSHARE, "sh", "-c", script],
            env=environment(home, CACHIBOT_WORKSPACE=str(tmp_path)),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert answer.returncode == ExitCode.DISK_FULL, answer.stderr
    line = answer.stderr.strip().splitlines()[-1]
    assert "wasn't opened" in line
    assert "backups" in line
    assert "free up space" in line
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()
    assert (tmp_path / "left").read_text() == ""


@pytest.mark.left_to_ci
def test_data_changed_by_a_newer_app_is_refused(start: Start, home: Path) -> None:
    first = start(env={"CACHIBOT_DESKTOP_VERSION": "1.0.0"})
    first.wait_until_ready()
    first.stop()
    about = json.loads((first.data / "desktop.json").read_text())
    (first.data / "desktop.json").write_text(json.dumps({**about, "app": "2.0.0", "schema": "0" * 64}))
    refused = start(env={"CACHIBOT_DESKTOP_VERSION": "1.0.0"})
    assert refused.wait(60) == ExitCode.DATABASE_NEWER
    assert "version 2.0.0 of the CachiBot app" in refused.stderr
    assert copies(first.data) == []
    # Newer, but with the same schema: this version knows everything in it.
    (first.data / "desktop.json").write_text(json.dumps({**about, "app": "2.0.0"}))
    start(env={"CACHIBOT_DESKTOP_VERSION": "1.0.0"}).wait_until_ready()
    assert len(copies(first.data)) == 1


@pytest.mark.left_to_ci
def test_health_responds_during_a_copy_and_a_stop_does_not_wait_for_it(start: Start, home: Path) -> None:
    fill(home / ".cachibot" / "cachibot.db", rows=400_000)
    server = start()
    assert wait_for(lambda: "copying it" in server.stderr, 60)
    health = server.health()
    assert health is not None
    assert (health[0], health[1]["status"]) == (503, "starting")
    assert server.stop() == 0
    left = copies(server.data)
    start().wait_until_ready()
    assert [name for name in copies(server.data) if name.endswith(".part")] == [], left
    assert len(copies(server.data)) == 1


@pytest.mark.parametrize("version", ["", "one", "1.0.0\n", "../1"])
def test_a_malformed_version_is_refused(start: Start, version: str) -> None:
    server = start(env={"CACHIBOT_DESKTOP_VERSION": version})
    assert server.wait() == 2
    assert "CACHIBOT_DESKTOP_VERSION" in server.stderr
