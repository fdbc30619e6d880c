"""Starts: the page before the application is ready, requests that wait, and failures with their exit codes."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server_process import ServerProcess, free_port, run_server, token_on_stdin
from systems import needs_posix

Start = Callable[..., ServerProcess]


def line_of_failure(server: ServerProcess, code: int) -> str:
    """Wait for a start that fails with `code`; return its line on stderr, which must be the only one."""
    assert server.wait(60) == code
    assert "Traceback" not in server.stderr
    lines = server.stderr.strip().splitlines()
    assert len(lines) == 1, server.stderr
    return lines[0]


def test_the_page_is_served_long_before_the_application_is_ready(start: Start) -> None:
    server = start()
    status, body = server.wait_until_responding()
    answered = time.monotonic() - server.started_at
    assert status == 503
    assert body["status"] == "starting"
    page = server.get("/")
    painted = time.monotonic() - server.started_at
    assert page.status_code == 200
    assert "content-security-policy" in page.headers
    assert "google" not in page.text
    assert server.get("/", token=False).status_code == 401
    assert server.get("/", headers={"Host": "evil.example"}).status_code == 421
    seen = {body["modules"]}
    while (health := server.health()) is not None and health[0] == 503:
        seen.add(health[1]["modules"])
        time.sleep(0.05)
    ready = time.monotonic() - server.started_at
    print(f"health {answered:.2f} s, page {painted:.2f} s, ready {ready:.2f} s, {len(seen)} counts of modules")
    assert len(seen) > 2, "the number of modules shows progress"
    assert painted < ready / 2


@pytest.mark.parametrize(
    ("path", "headers"), [("/api/auth/setup-required", {}), ("/api/health", {"Sec-Fetch-Site": "same-origin"})]
)
def test_early_requests_of_a_page_wait_for_the_application(start: Start, path: str, headers: dict[str, str]) -> None:
    server = start()
    server.wait_until_responding()
    answers: list[int] = []
    early = threading.Thread(target=lambda: answers.append(server.get(path, headers=headers).status_code))
    early.start()
    time.sleep(0.3)
    assert answers == []
    early.join(90)  # the import takes this long on a busy machine
    assert answers == [200]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"CACHIBOT_DESKTOP_PARENT": "-1"}, "CACHIBOT_DESKTOP_PARENT"),
        ({"CACHIBOT_DESKTOP_RUN": "run-1"}, "CACHIBOT_DESKTOP_RUN"),
        ({"CACHIBOT_DESKTOP_CALLER_ENV": "[]"}, "CACHIBOT_DESKTOP_CALLER_ENV"),
        ({"CACHIBOT_DESKTOP_CALLER_ENV": '{"PATH": 1}'}, "CACHIBOT_DESKTOP_CALLER_ENV"),
    ],
)
def test_a_malformed_launch_option_is_refused(start: Start, change: dict[str, str | None], text: str) -> None:
    assert text in line_of_failure(start(env=change), 2)


def test_other_addresses_and_ports_are_refused(home: Path) -> None:
    assert run_server(home, "--host", "0.0.0.0").returncode == 2
    assert run_server(home, "--port", "0").returncode == 2
    assert run_server(home, "--port", "65536").returncode == 2
    assert run_server(home, "--bogus").returncode == 2
    assert not (home / ".cachibot").exists()


def test_a_taken_port_is_reported(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = start(port=port)
        line = line_of_failure(server, 48)
        print(f"after {time.monotonic() - server.started_at:.2f} s")
    assert str(port) in line
    assert not server.data.exists(), "the data folder is not created if the port is taken"


@pytest.mark.parametrize("damage", ["text", "zeroes", "truncated", "page"])
def test_a_damaged_database_is_refused_and_unchanged(start: Start, home: Path, damage: str) -> None:
    database = home / ".cachibot" / "cachibot.db"
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", [(str(n), "x" * 500) for n in range(200)])
        connection.commit()
    whole = database.read_bytes()
    broken = {
        "text": b"this file is not a database, only text" * 100,
        "zeroes": bytes(len(whole)),
        "truncated": whole[: len(whole) // 2],
        "page": whole[:4096] + b"\xff" * 8192 + whole[12288:],
    }[damage]
    database.write_bytes(broken)
    server = start()
    line = line_of_failure(server, 52)
    print(f"after {time.monotonic() - server.started_at:.2f} s")
    assert str(database) in line
    assert database.read_bytes() == broken
    checked = run_server(home, "--check-data")
    assert checked.returncode == 52


@pytest.mark.left_to_ci
def test_a_database_of_a_newer_version_is_refused_and_unchanged(start: Start, home: Path) -> None:
    first = start()
    first.wait_until_ready()
    first.stop()
    about = json.loads((home / ".cachibot" / "desktop.json").read_text())
    assert about["cachibot"]
    assert run_server(home, "--check-data").returncode == 0
    with closing(sqlite3.connect(first.data / "cachibot.db")) as connection:
        connection.execute("ALTER TABLE bots ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
    before = (first.data / "cachibot.db").read_bytes()
    line = line_of_failure(start(), 53)
    assert "bots.mood" in line
    assert (first.data / "cachibot.db").read_bytes() == before
    assert run_server(home, "--check-data").returncode == 53


@pytest.mark.left_to_ci
def test_a_newer_version_record_is_refused_only_with_another_schema(start: Start, home: Path) -> None:
    first = start()
    first.wait_until_ready()
    first.stop()
    record = home / ".cachibot" / "desktop.json"
    about = json.loads(record.read_text())
    record.write_text(json.dumps({**about, "cachibot": "99.0.0"}))
    start().wait_until_ready()  # newer, but with the same schema
    record.write_text(json.dumps({"cachibot": "99.0.0", "schema": "0" * 64}))
    assert run_server(home, "--check-data").returncode == 53


@needs_posix("Windows reports another error")
def test_a_home_that_cannot_be_written_is_reported(home: Path, tmp_path: Path) -> None:
    (home / ".cachibot").write_text("a file where a folder should be")
    with token_on_stdin() as stdin:
        answer = run_server(home, "--port", str(free_port()), stdin=stdin, CACHIBOT_WORKSPACE=str(tmp_path))
    assert answer.returncode == 50
    assert answer.stderr.count("\n") == 1
    assert str(home / ".cachibot") in answer.stderr


@needs_posix("Windows has no such modes")
def test_other_users_cannot_read_the_data_folder(server: ServerProcess) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    assert mode(server.data) == 0o700
    for name in ("cachibot.db", "cachibot.db-wal", "login.secret", "desktop.json", "logs/cachibot.log"):
        assert mode(server.data / name) & 0o077 == 0, name
    assert not (server.data / "server.pid").exists()


def test_the_version_is_printed(home: Path) -> None:
    began = time.monotonic()
    answer = run_server(home, "--version")
    print(f"after {time.monotonic() - began:.2f} s")
    assert answer.stdout.startswith("cachibot-server ")
    assert answer.returncode == 0


def test_help_documents_every_exit_code(home: Path) -> None:
    text = run_server(home, "--help").stdout
    for code in (0, 1, 2, 48, 49, 50, 51, 52, 53):
        assert f"\n  {code:>3}  " in text
