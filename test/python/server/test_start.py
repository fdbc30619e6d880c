"""Starts: the early page, what is held, what is refused, and with which code."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from entry import Entry, environment, free_port, kill_group, run_entry, wait_for
from systems import needs_posix

Start = Callable[..., Entry]


def ends(entry: Entry, code: int) -> str:
    """Wait for a failed start; its last line, which must be the only one about it."""
    assert entry.wait(60) == code
    assert "Traceback" not in entry.stderr
    lines = entry.stderr.strip().splitlines()
    assert len(lines) == 1, entry.stderr
    return lines[0]


def test_the_page_is_there_long_before_the_application(start: Start) -> None:
    entry = start()
    status, body = entry.wait_until_answering()
    answered = time.monotonic() - entry.started_at
    assert status == 503
    assert body["status"] == "starting"
    page = entry.get("/")
    painted = time.monotonic() - entry.started_at
    assert page.status_code == 200
    assert "content-security-policy" in page.headers
    assert "google" not in page.text
    assert entry.get("/", token=False).status_code == 401
    assert entry.get("/", headers={"Host": "evil.example"}).status_code == 421
    seen = {body["modules"]}
    while (health := entry.health()) is not None and health[0] == 503:
        seen.add(health[1]["modules"])
        time.sleep(0.05)
    ready = time.monotonic() - entry.started_at
    print(f"health {answered:.2f} s, page {painted:.2f} s, ready {ready:.2f} s, {len(seen)} counts of modules")
    assert len(seen) > 2, "the counter is the sign of life"
    assert painted < ready / 2


def test_requests_that_come_early_are_held_and_answered(start: Start) -> None:
    entry = start()
    entry.wait_until_answering()
    answers: list[int] = []
    early = threading.Thread(target=lambda: answers.append(entry.get("/api/auth/setup-required").status_code))
    early.start()
    time.sleep(0.3)
    assert answers == []
    early.join(30)
    assert answers == [200]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"CACHIBOT_DESKTOP_TOKEN": None}, "CACHIBOT_DESKTOP_TOKEN is not set"),
        ({"CACHIBOT_DESKTOP_TOKEN": "0" * 63}, "64 lower-case hexadecimal"),
        ({"CACHIBOT_DESKTOP_TOKEN": "G" * 64}, "64 lower-case hexadecimal"),
        ({"CACHIBOT_DESKTOP_PARENT": "-1"}, "CACHIBOT_DESKTOP_PARENT"),
        ({"CACHIBOT_DESKTOP_RUN": "run-1"}, "CACHIBOT_DESKTOP_RUN"),
        ({"CACHIBOT_DESKTOP_CALLER_ENV": "[]"}, "CACHIBOT_DESKTOP_CALLER_ENV"),
        ({"CACHIBOT_DESKTOP_CALLER_ENV": '{"PATH": 1}'}, "CACHIBOT_DESKTOP_CALLER_ENV"),
    ],
)
def test_a_malformed_order_is_refused(start: Start, change: dict[str, str | None], words: str) -> None:
    line = ends(start(env=change), 2)
    assert words in line
    assert "GGGG" not in line, "not even a wrong token is printed"


def test_other_addresses_and_ports_are_refused(home: Path) -> None:
    assert run_entry(home, "--host", "0.0.0.0").returncode == 2
    assert run_entry(home, "--port", "0").returncode == 2
    assert run_entry(home, "--port", "65536").returncode == 2
    assert run_entry(home, "--bogus").returncode == 2
    assert not (home / ".cachibot").exists()


def test_a_taken_port_is_told_at_once(start: Start) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        entry = start(port=port)
        line = ends(entry, 48)
        print(f"after {time.monotonic() - entry.started_at:.2f} s")
    assert str(port) in line
    assert not entry.data.exists(), "nothing is touched for a server that cannot be"


def is_in_use(entry: Entry) -> dict[str, object]:
    """Wait for a start that finds the data in use; who the shell is told has them, and a person too."""
    assert entry.wait() == 49
    facts, line = entry.stderr.strip().splitlines()
    holder: dict[str, object] = json.loads(facts)["holder"]
    assert f"process {holder['pid']}, since 20" in line
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


@pytest.mark.parametrize("damage", ["text", "zeroes", "truncated", "page"])
def test_a_damaged_database_is_refused_and_left_alone(start: Start, home: Path, damage: str) -> None:
    database = home / ".cachibot" / "cachibot.db"
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", [(str(n), "x" * 500) for n in range(200)])
        connection.commit()
    whole = database.read_bytes()
    broken = {
        "text": b"this is no database, it only looks like a file" * 100,
        "zeroes": bytes(len(whole)),
        "truncated": whole[: len(whole) // 2],
        "page": whole[:4096] + b"\xff" * 8192 + whole[12288:],
    }[damage]
    database.write_bytes(broken)
    entry = start()
    line = ends(entry, 52)
    print(f"after {time.monotonic() - entry.started_at:.2f} s")
    assert str(database) in line
    assert database.read_bytes() == broken
    checked = run_entry(home, "--check-data")
    assert checked.returncode == 52


@pytest.mark.left_to_ci
def test_a_database_of_a_newer_version_is_refused_and_left_alone(start: Start, home: Path) -> None:
    first = start()
    first.wait_until_ready()
    first.stop()
    about = json.loads((home / ".cachibot" / "desktop.json").read_text())
    assert about["cachibot"]
    assert run_entry(home, "--check-data").returncode == 0
    with closing(sqlite3.connect(first.data / "cachibot.db")) as connection:
        connection.execute("ALTER TABLE bots ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
    before = (first.data / "cachibot.db").read_bytes()
    line = ends(start(), 53)
    assert "bots.mood" in line
    assert (first.data / "cachibot.db").read_bytes() == before
    assert run_entry(home, "--check-data").returncode == 53


@pytest.mark.left_to_ci
def test_a_newer_record_of_the_data_folder_is_believed(start: Start, home: Path) -> None:
    first = start()
    first.wait_until_ready()
    first.stop()
    record = home / ".cachibot" / "desktop.json"
    about = json.loads(record.read_text())
    record.write_text(json.dumps({**about, "cachibot": "99.0.0"}))
    start().wait_until_ready(), "newer, but of the same schema"
    record.write_text(json.dumps({"cachibot": "99.0.0", "schema": "0" * 64}))
    assert run_entry(home, "--check-data").returncode == 53


@needs_posix("Windows refuses it in other words")
def test_a_home_that_cannot_be_written_is_told(home: Path, tmp_path: Path) -> None:
    (home / ".cachibot").write_text("a file where a folder should be")
    answer = run_entry(
        home, "--port", str(free_port()), CACHIBOT_DESKTOP_TOKEN="0" * 64, CACHIBOT_WORKSPACE=str(tmp_path)
    )
    assert answer.returncode == 50
    assert answer.stderr.count("\n") == 1
    assert str(home / ".cachibot") in answer.stderr


@needs_posix("Windows has no such modes")
def test_the_data_folder_is_closed_to_other_users(server: Entry) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    assert mode(server.data) == 0o700
    for name in ("cachibot.db", "cachibot.db-wal", "login.secret", "desktop.json", "logs/cachibot.log"):
        assert mode(server.data / name) & 0o077 == 0, name
    assert not (server.data / "server.pid").exists()


def test_the_version_is_told_without_importing_anything(home: Path) -> None:
    began = time.monotonic()
    answer = run_entry(home, "--version")
    print(f"after {time.monotonic() - began:.2f} s")
    assert answer.stdout.startswith("cachibot-server ")
    assert answer.returncode == 0


def test_help_documents_every_exit_code(home: Path) -> None:
    text = run_entry(home, "--help").stdout
    for code in (0, 1, 2, 48, 49, 50, 51, 52, 53):
        assert f"\n  {code:>3}  " in text


def test_the_entry_imports_nothing_heavy_before_the_port_is_bound(home: Path) -> None:
    snippet = "import sys; sys.path.insert(0, sys.argv[1]); import cachibot_desktop.cli as c; print(*sys.modules)"
    desktop = Path(__file__).parents[3] / "desktop"
    names = subprocess.run(
        [sys.executable, "-c", snippet, str(desktop)], env=environment(home), capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"asyncio", "uvicorn", "cachibot", "typer", "rich", "sqlite3", "logging"} & set(names)
