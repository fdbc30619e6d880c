"""The first start, an upgrade, a backup and a restore, killed or without power at any of their changes to the disk.

One run of the server is recorded, and each moment of it is tried. The number of moments can be set with
CACHIBOT_TEST_KILLS. On a disk that becomes full or read-only at a random change, the same must hold.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cachibot_desktop.backups import journal, restore
from cachibot_desktop.data import database, version_record
from cachibot_desktop.exit_codes import ExitCode
from disk_recorder import Change, Disk, Loss, Recorder, compile_library, needs_recorder
from filled_home import content, fill
from server_process import READY_SECONDS, ServerProcess, run_server, wait_for

pytestmark = [pytest.mark.left_to_ci, needs_recorder]

Start = Callable[..., ServerProcess]
MOMENTS = int(os.environ.get("CACHIBOT_TEST_KILLS", "50"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library(tmp_path_factory.mktemp("recorder"))


@pytest.fixture
def recorder(home: Path, tmp_path: Path, library: Path) -> Recorder:
    return Recorder(home, library, tmp_path / "record")


def moments(disk: Disk, changes: list[Change]) -> Iterator[tuple[int, str]]:
    """Put the folder into the state after some numbers of changes, with each loss. The last change is among them."""
    numbers = {*random.sample(range(len(changes)), min(MOMENTS, len(changes))), len(changes)}
    print(f"{len(changes)} changes")
    for number in sorted(numbers):
        for loss in Loss:
            disk.cut(changes[:number], loss)
            yield number, f"change {number} of {len(changes)}, {loss.value}"


def columns(file: Path, table: str) -> frozenset[str]:
    with closing(sqlite3.connect(file)) as connection:
        return database.schema_of(connection)[table]


def users(home: Path) -> list[str] | None:
    """Check the database, and return the users in it, or None if it has no table for them yet."""
    file = home / ".cachibot" / "cachibot.db"
    if not file.exists():
        return None
    database.prepare(file, None)
    database.check_integrity(file, complete=True)
    with closing(sqlite3.connect(file)) as connection:
        if "users" not in database.schema_of(connection):
            return None
        return [name for (name,) in connection.execute("SELECT username FROM users")]


def expect_start(start: Start, home: Path) -> ServerProcess:
    """Start the server on what is left. The files are copies, so the record of their inodes is not theirs."""
    data = home / ".cachibot"
    if (data / version_record.FILE).exists():
        version_record.write(data, replace(version_record.read(data), log_file=None))
    server = start()
    server.wait_until_ready()
    return server


def is_ready(server: ServerProcess) -> bool:
    health = server.health()
    return health is not None and health[0] == 200


def run_recorded(start: Start, recorder: Recorder) -> tuple[list[Change], int]:
    """Start the server and create an account. Return the changes, and their number when the account was confirmed."""
    server = start(env=dict(recorder.environment()))
    server.wait_until_ready()
    server.sign_up()
    confirmed = len(recorder.changes())
    assert server.stop() == 0
    return recorder.changes(), confirmed


def test_a_first_start(start: Start, home: Path, recorder: Recorder) -> None:
    disk = Disk(home)
    changes, confirmed = run_recorded(start, recorder)
    for number, moment in moments(disk, changes):
        found = users(home)
        if number >= confirmed:
            assert found == ["tester"], moment
    disk.cut(changes[: random.randrange(confirmed)], random.choice([Loss.DATA, Loss.NAMES]))
    expect_start(start, home).stop()


@pytest.fixture(scope="module")
def older_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data that an earlier version has used last."""
    server = ServerProcess(tmp_path_factory.mktemp("older"), env={"CACHIBOT_DESKTOP_VERSION": "1.0.0"})
    try:
        server.wait_until_ready()
        server.sign_up()
        assert server.stop() == 0
    finally:
        server.kill()
    with closing(sqlite3.connect(server.data / "cachibot.db")) as connection:
        connection.execute("ALTER TABLE bots DROP COLUMN models")
    record = replace(version_record.read(server.data), cachibot="0.2.60", log_file=None)
    version_record.write(server.data, record)
    return server.data


@pytest.fixture
def older(older_data: Path, home: Path) -> Path:
    """A home with a copy of these data."""
    shutil.copytree(older_data, home / ".cachibot")
    return home


def expect_upgradable(home: Path, moment: str) -> None:
    """Nothing is lost, and the database is either unchanged or has a complete copy."""
    assert users(home) == ["tester"], moment
    complete = []
    for copy in (home / ".cachibot" / "backups").glob("*.db"):
        if database.has_content(copy):
            database.check_integrity(copy, complete=True)
            assert "models" not in columns(copy, "bots"), moment
            with closing(sqlite3.connect(copy)) as connection:
                complete += [name for (name,) in connection.execute("SELECT username FROM users")]
    if "models" in columns(home / ".cachibot" / "cachibot.db", "bots"):
        assert complete == ["tester"], moment


def test_an_upgrade(start: Start, older: Path, recorder: Recorder) -> None:
    disk = Disk(older)
    server = start(env={**recorder.environment(), "CACHIBOT_DESKTOP_VERSION": "1.1.0"})
    server.wait_until_ready()
    assert server.stop() == 0
    changes = recorder.changes()
    for _, moment in moments(disk, changes):
        expect_upgradable(older, moment)
    disk.cut(changes[: random.randrange(len(changes))], Loss.DATA)
    expect_start(start, older).stop()
    assert users(older) == ["tester"]


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
@pytest.mark.parametrize("data", ["none", "older"])
def test_a_disk_that_fails_during_a_start(
    start: Start, home: Path, recorder: Recorder, data: str, failure: int, request: pytest.FixtureRequest
) -> None:
    if data == "older":
        request.getfixturevalue("older")
    number = random.randrange(1, 60)
    server = start(env={**recorder.environment(f"{number} {failure}"), "CACHIBOT_DESKTOP_VERSION": "1.1.0"})
    assert wait_for(lambda: server.process.poll() is not None or is_ready(server), READY_SECONDS)
    if server.process.poll() is None:
        server.kill()  # it is ready: a start has fewer changes
    else:
        expected = ExitCode.DISK_FULL if failure == errno.ENOSPC else ExitCode.HOME_NOT_WRITABLE
        assert server.process.returncode == expected, f"change {number}: {server.stderr}"
    if data == "none":
        assert users(home) in (None, [])
        return
    expect_upgradable(home, f"change {number}")
    expect_start(start, home).stop()
    assert users(home) == ["tester"]


def saved(home: Path) -> dict[str, object]:
    """Return everything that a backup contains."""
    return {name: text for name, text in content(home).items() if name != ".cachibot/desktop.lock"}


def test_a_backup(home: Path, recorder: Recorder) -> None:
    fill(home, "older", 20)
    before = saved(home)
    file = home / "all"
    disk = Disk(home)
    answer = run_server(home, "--back-up-all", str(file), "--profile", str(home / "profile"), **recorder.environment())
    assert answer.returncode == 0, answer.stderr
    complete = file.read_bytes()
    changes = recorder.changes()
    for number, moment in moments(disk, changes):
        assert saved(home) == before, moment
        if file.exists():
            assert file.read_bytes() == complete, moment
        assert file.exists() or number < len(changes), moment


def test_a_restore(home: Path, recorder: Recorder) -> None:
    file = home / "all"
    profile = ["--profile", str(home / "profile")]
    fill(home, "older", 20)
    older = saved(home)
    assert run_server(home, "--back-up-all", str(file), *profile).returncode == 0
    fill(home, "newer", 150)
    newer = saved(home)
    disk = Disk(home)
    answer = run_server(home, "--restore", str(file), *profile, **recorder.environment())
    assert answer.returncode == 0, answer.stderr
    restored = saved(home)
    changes = recorder.changes()
    found = set()
    for number, moment in moments(disk, changes):
        restore.finish(home / ".cachibot")
        now = saved(home)
        assert now in (newer, restored), moment
        assert now == restored or number < len(changes), moment
        assert not journal.exists(home / ".cachibot"), moment
        found.add(now == restored)
    assert found == {True, False}, older
