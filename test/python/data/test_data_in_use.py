"""Starts on data that another server uses: an app like this one, or the user's own `cachibot server`."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server_process import ServerProcess, kill_group, wait_for
from systems import needs_posix

Start = Callable[..., ServerProcess]


def is_in_use(server: ServerProcess) -> dict[str, object]:
    """Wait for a start that finds the data in use; who the shell is told has them, and a person too."""
    assert server.wait() == 49
    facts, line = server.stderr.strip().splitlines()
    holder: dict[str, object] = json.loads(facts)["holder"]
    assert f"PID {holder['pid']}, since 20" in line
    since = holder["since"]
    assert isinstance(since, int)
    assert abs(since - time.time()) < 60
    return holder


def test_two_apps_do_not_share_a_data_folder(start: Start) -> None:
    first = start()
    first.wait_until_answering()
    holder = is_in_use(start())
    assert (holder["kind"], holder["pid"]) == ("app", first.process.pid)
    assert first.process.poll() is None
    first.stop()
    start().wait_until_answering()


PRETENDER = """
import multiprocessing, sqlite3, sys, time
from pathlib import Path

def work(database):
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    Path(database).with_name("open").touch()
    time.sleep(60)

if __name__ == "__main__":
    database = sys.argv[-1]
    if "--reload" in sys.argv:
        worker = multiprocessing.get_context("spawn").Process(target=work, args=(database,), daemon=True)
        worker.start()
        Path(database).with_name("worker").write_text(str(worker.pid))
        worker.join()
    work(database)
"""


@contextlib.contextmanager
def stock_server(home: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """What looks like `cachibot server` and holds its database as that does, on the data of `home`."""
    data = home / ".cachibot"
    data.mkdir(exist_ok=True)
    program = home / "cachibot"
    program.write_text(PRETENDER)
    with subprocess.Popen(
        [sys.executable, str(program), "server", *options, str(data / "cachibot.db")], start_new_session=True
    ) as stock:
        try:
            assert wait_for((data / "open").exists)
            yield stock
            assert stock.poll() is None, "it was stopped"
        finally:
            kill_group(stock)


def write_pid_file(home: Path, pid: int) -> Path:
    file = home / ".cachibot" / "server.pid"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "exe": sys.executable, "port": 1}))
    return file


def test_a_live_stock_server_is_respected_and_survives(start: Start, home: Path) -> None:
    with stock_server(home) as stock:
        write_pid_file(home, stock.pid)
        holder = is_in_use(start())
        assert (holder["kind"], holder["pid"]) == ("stock", stock.pid)


@needs_posix("Windows does not tell who holds a file")
def test_a_stock_server_is_found_by_the_database_it_holds(start: Start, home: Path) -> None:
    with stock_server(home) as stock:
        holder = is_in_use(start())
        assert (holder["kind"], holder["pid"]) == ("stock", stock.pid)


def test_a_worker_that_holds_the_data_leads_to_its_server(start: Start, home: Path) -> None:
    with stock_server(home, "--reload") as stock:
        write_pid_file(home, int((home / ".cachibot" / "worker").read_text()))
        holder = is_in_use(start())
        assert (holder["kind"], holder["pid"]) == ("stock", stock.pid)


def test_a_stock_server_on_other_data_is_in_nobodys_way(start: Start, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with stock_server(other) as stock:
        # Its number, but in a file that was there before it: the writer is gone, and the number was given out again.
        file = write_pid_file(home, stock.pid)
        os.utime(file, (time.time() - 3600, time.time() - 3600))
        with closing(sqlite3.connect(home / ".cachibot" / "cachibot.db")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (x)")
            start().wait_until_answering()


@pytest.mark.left_to_ci
def test_a_stale_pid_file_stops_nobody(start: Start, home: Path) -> None:
    (home / ".cachibot").mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        try:
            (home / ".cachibot" / "server.pid").write_text(json.dumps({"pid": stranger.pid, "port": 1}))
            start().wait_until_ready()
            assert stranger.poll() is None, "some other Python program was killed"
        finally:
            stranger.kill()
