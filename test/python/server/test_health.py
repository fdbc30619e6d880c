"""The check of the disk writes nothing while the server is idle, and still detects a full disk."""

from __future__ import annotations

import asyncio
import errno
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from cachibot_desktop.server import health
from server_process import ServerProcess
from systems import needs_linux

SETTLE_SECONDS = 12.0
"""The server's own loops read the database for the first time after ten seconds, which changes its shared memory."""
IDLE_SECONDS = 11.0
"""Long enough for two checks of the disk."""
MOST_BYTES = 4096


def written_bytes(server: ServerProcess) -> int:
    """Return what the server has written to disks so far. Sockets and pipes do not count."""
    lines = Path(f"/proc/{server.process.pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


@pytest.mark.left_to_ci
@needs_linux("only Linux counts the bytes that a process writes to disks")
def test_an_idle_server_writes_next_to_nothing(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_ready()
    server.sign_up()
    time.sleep(SETTLE_SECONDS)
    before = written_bytes(server)
    deadline = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < deadline:
        assert server.health() is not None
        time.sleep(1)
    assert written_bytes(server) - before <= MOST_BYTES


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Each file that is written to find out whether the disk is full."""
    written: list[bool] = []
    real = tempfile.TemporaryFile

    def count(**options: Any) -> Any:
        written.append(True)
        return real(**options)

    monkeypatch.setattr("tempfile.TemporaryFile", count)
    return written


def has_free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=size))


def test_a_file_is_written_only_when_little_space_is_left(
    home: Path, probes: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    has_free(monkeypatch, health.PROBE_BYTES)
    assert health.find_problems(home, None) == []
    assert probes == []
    # The system does not count blocks that are reserved for this user.
    has_free(monkeypatch, health.PROBE_BYTES - 1)
    assert health.find_problems(home, None) == []
    assert probes == [True]


def test_after_a_failed_write_a_file_is_written_until_it_succeeds(
    home: Path, probes: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CACHE_SECONDS", 0.0)
    problems = health.Problems(home, None)
    health.watch_failed_writes(problems.note_failed_write)
    assert asyncio.run(problems.current()) == []
    assert probes == []

    with pytest.raises(Exception, match="full"):
        fill_database()

    def refuse(**_options: Any) -> Any:
        probes.append(False)
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as quota:
        quota.setattr("tempfile.TemporaryFile", refuse)
        for _ in range(2):
            assert asyncio.run(problems.current()) == ["disk-full"]
    for _ in range(2):
        assert asyncio.run(problems.current()) == []
    assert probes == [False, False, True]


def fill_database() -> None:
    """Make SQLite report a full disk, by its own limit on the pages of a database."""
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        connection.execute(text("PRAGMA max_page_count = 3"))
        connection.execute(text("INSERT INTO t VALUES (zeroblob(100000))"))


def test_another_failure_of_the_database_writes_no_file(home: Path, probes: list[bool]) -> None:
    problems = health.Problems(home, None)
    health.watch_failed_writes(problems.note_failed_write)
    with pytest.raises(Exception, match="no such table"), create_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT * FROM missing"))
    assert asyncio.run(problems.current()) == []
    assert probes == []
