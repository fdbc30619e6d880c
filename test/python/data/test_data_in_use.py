"""Starts on data that another server uses: another app's, or the user's own `cachibot server`."""

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


def reported_owner(server: ServerProcess) -> dict[str, object]:
    """Wait for a start that finds the data in use; return the owner of the data in its message to the shell."""
    assert server.wait() == 49
    facts, line = server.stderr.strip().splitlines()
    owner: dict[str, object] = json.loads(facts)["holder"]
    assert f"PID {owner['pid']}, since 20" in line, "the message for the user names it, too"
    since = owner["since"]
    assert isinstance(since, int)
    assert abs(since - time.time()) < 60
    return owner


def test_two_apps_do_not_share_a_data_folder(start: Start) -> None:
    first = start()
    first.wait_until_responding()
    owner = reported_owner(start())
    assert (owner["kind"], owner["pid"]) == ("app", first.process.pid)
    assert first.process.poll() is None
    first.stop()
    start().wait_until_responding()


FAKE_SERVER = """
import multiprocessing, sqlite3, sys, time
from pathlib import Path

def work(database):
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    Path(database).with_name("open").touch()
    reloader = multiprocessing.parent_process()
    if reloader:
        reloader.join()  # wine's taskkill does not kill the worker with it
    else:
        time.sleep(600)

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
    """A fake `cachibot server` that keeps the database in `home` open, as the real one does."""
    data = home / ".cachibot"
    data.mkdir(exist_ok=True)
    # Not in the home: where case does not count, its name is that of the agent's folder.
    program = home / "bin" / "cachibot"
    program.parent.mkdir()
    program.write_text(FAKE_SERVER)
    with subprocess.Popen(
        [sys.executable, str(program), "server", *options, str(data / "cachibot.db")], start_new_session=True
    ) as stock:
        try:
            assert wait_for((data / "open").exists, 60)
            yield stock
            assert stock.poll() is None, "it was killed"
        finally:
            kill_group(stock)


def write_pid_file(home: Path, pid: int) -> Path:
    file = home / ".cachibot" / "server.pid"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "exe": sys.executable, "port": 1}))
    return file


def test_a_stock_server_named_in_the_pid_file_is_detected_and_survives(start: Start, home: Path) -> None:
    with stock_server(home) as stock:
        write_pid_file(home, stock.pid)
        owner = reported_owner(start())
        assert (owner["kind"], owner["pid"]) == ("stock", stock.pid)


@needs_posix("Windows does not report which process has a file open")
def test_a_stock_server_is_found_by_its_open_database(start: Start, home: Path) -> None:
    with stock_server(home) as stock:
        owner = reported_owner(start())
        assert (owner["kind"], owner["pid"]) == ("stock", stock.pid)


def test_the_server_of_a_worker_process_is_found(start: Start, home: Path) -> None:
    with stock_server(home, "--reload") as stock:
        write_pid_file(home, int((home / ".cachibot" / "worker").read_text()))
        owner = reported_owner(start())
        assert (owner["kind"], owner["pid"]) == ("stock", stock.pid)


def test_a_stock_server_on_other_data_is_ignored(start: Start, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with stock_server(other) as stock:
        # A PID file that is older than the process: its writer has exited, and the PID was reused.
        file = write_pid_file(home, stock.pid)
        os.utime(file, (time.time() - 3600, time.time() - 3600))
        with closing(sqlite3.connect(home / ".cachibot" / "cachibot.db")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (x)")
            start().wait_until_responding()


@pytest.mark.left_to_ci
def test_a_stale_pid_file_is_ignored_and_its_process_survives(start: Start, home: Path) -> None:
    (home / ".cachibot").mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as unrelated:
        try:
            (home / ".cachibot" / "server.pid").write_text(json.dumps({"pid": unrelated.pid, "port": 1}))
            start().wait_until_ready()
            assert unrelated.poll() is None, "an unrelated Python program was killed"
        finally:
            unrelated.kill()
