"""Connections and handshakes of an attacker without the token, and broken ones. Their data: test/attack/gateway."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from server_process import READY_SECONDS, ROOT, ServerProcess, wait_for
from systems import needs_linux

CASES = ROOT / "test" / "attack" / "gateway"
HANDSHAKES = json.loads((CASES / "handshakes.json").read_text(encoding="utf-8"))
SLOW = json.loads((CASES / "slow-connections.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.left_to_ci

HEADER_SECONDS = 5.0
MAX_ANONYMOUS = 64
SILENT = 900
MAX_OVERTAKING = 4 * SILENT
"""Connections that may be opened while two requests are answered: each waits for those in the queue, at most SILENT."""

FEW_DESCRIPTORS = ["sh", "-c", 'ulimit -n 512 && exec "$@"', "sh"] if os.name == "posix" else []
"""Runs the server with fewer descriptors than there are silent connections."""


@pytest.fixture(scope="module", autouse=True)
def _descriptors_for_this_process() -> None:
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = SILENT + 500
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@pytest.fixture(scope="module")
def login(server: ServerProcess) -> str:
    return server.sign_up()


def connect(server: ServerProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def is_closed(connection: socket.socket) -> bool:
    """Return whether the server has closed a connection on which it has sent nothing."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def filled(text: str, server: ServerProcess) -> bytes:
    many = "\r\n".join(f"X-{number}: 1" for number in range(130))
    values = {
        "{host}": f"127.0.0.1:{server.port}",
        "{token}": server.token,
        "{key}": "AAAAAAAAAAAAAAAAAAAAAA==",
        "{long}": "A" * 9000,
        "{many}": many,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text.encode("latin-1")


def answer_to(server: ServerProcess, case: dict[str, Any], login: str) -> bytes:
    token = ["X-CachiBot-Token: {token}"] if case["token"] else []
    text = "".join(f"{line}\r\n" for line in [case["request"], "Host: {host}", *token, *case["lines"], ""])
    with connect(server) as connection:
        connection.sendall(filled(text.replace("{login}", login), server))
        return connection.recv(65536)


@pytest.mark.parametrize("case", HANDSHAKES, ids=lambda case: case["name"])
def test_a_handshake_is_answered(server: ServerProcess, login: str, case: dict[str, Any]) -> None:
    answer = answer_to(server, case, login)
    assert int(answer.split(b" ", 2)[1]) == case["status"]
    # uvicorn itself answers a request that the parser refuses.
    assert b"content-security-policy" in answer or case["status"] == 101 or case["request"].startswith("CONNECT")


@pytest.mark.left_to_ci
def test_handshakes_are_refused_while_cachibot_is_imported(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_responding()
    refused = [case for case in HANDSHAKES if case["status"] >= 400]
    answers = {case["name"]: int(answer_to(server, case, "").split(b" ", 2)[1]) for case in refused}
    health = server.health()
    assert health is not None
    assert health[0] == 503, "the server must not be ready yet"
    assert answers == {case["name"]: case["status"] for case in refused}


def test_no_handshake_takes_a_connection_from_an_unanswered_request(server: ServerProcess) -> None:
    head = "GET {path} HTTP/1.1\r\nHost: {host}\r\nX-CachiBot-Token: {token}\r\n"
    handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    both = head.replace("{path}", "/api/health") + "\r\n" + head.replace("{path}", "/ws") + handshake + "\r\n"
    with connect(server) as connection:
        connection.sendall(filled(both, server))
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"400"]


def test_no_refused_handshake_is_logged(server: ServerProcess) -> None:
    assert "handshake" not in server.stderr
    assert "Invalid HTTP" not in server.stderr
    assert "upgrade" not in server.stderr


def seconds_until_closed(server: ServerProcess, case: dict[str, Any]) -> float:
    """Send what `case` says until the server closes the connection, or for twice the time that it has."""
    began = time.monotonic()
    then = filled(case["then"], server)
    with connect(server) as connection:
        connection.settimeout(case["everyMs"] / 1000)
        with contextlib.suppress(ConnectionError):
            connection.sendall(filled(case["first"], server))
            while time.monotonic() - began < 2 * HEADER_SECONDS:
                try:
                    if connection.recv(65536) == b"":
                        break
                except TimeoutError:
                    connection.sendall(then)
    return time.monotonic() - began


@pytest.mark.left_to_ci
def test_a_connection_without_a_complete_header_is_closed(server: ServerProcess) -> None:
    before = len(server.stderr)
    with ThreadPoolExecutor(len(SLOW)) as threads:
        seconds = list(threads.map(lambda case: seconds_until_closed(server, case), SLOW))
    taken = {case["name"]: round(used, 1) for case, used in zip(SLOW, seconds, strict=True)}
    print(taken)
    assert {name: used for name, used in taken.items() if used > HEADER_SECONDS + 3} == {}
    unlimited = [used for name, used in taken.items() if "unlimited size" in name]
    assert max(unlimited) < HEADER_SECONDS - 1, "closed because of the size, not the time"
    assert len(server.stderr) == before


def test_the_oldest_connections_without_a_token_are_closed(server: ServerProcess) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in range(3 * MAX_ANONYMOUS)]
        older, newer = connections[:-MAX_ANONYMOUS], connections[-MAX_ANONYMOUS:]
        began = time.monotonic()
        assert wait_for(lambda: all(map(is_closed, older)), HEADER_SECONDS - 2)
        open_now = [not is_closed(connection) for connection in newer]
        assert all(open_now) or time.monotonic() - began > HEADER_SECONDS - 2


def test_connections_with_the_token_stay(server: ServerProcess) -> None:
    request = filled("GET / HTTP/1.1\r\nHost: {host}\r\nX-CachiBot-Token: {token}\r\n\r\n", server)

    def status(connection: socket.socket) -> bytes:
        connection.sendall(request)
        answer = connection.recv(1 << 20)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(1 << 20)
        return head[:12]

    with contextlib.ExitStack() as stack:
        ours: list[socket.socket] = []
        for _ in range(MAX_ANONYMOUS + 16):
            ours.append(stack.enter_context(connect(server)))
            assert status(ours[-1]) == b"HTTP/1.1 200"
        silent = [stack.enter_context(connect(server)) for _ in range(2 * MAX_ANONYMOUS)]
        assert wait_for(lambda: is_closed(silent[0]), HEADER_SECONDS - 2)
        assert [status(connection) for connection in ours] == [b"HTTP/1.1 200"] * len(ours)


@contextlib.contextmanager
def silent_connections(server: ServerProcess, count: int) -> Iterator[list[float]]:
    """Keep `count` silent connections open, as any program on this machine can. Yields the times of all openings."""
    stop = threading.Event()
    opened: list[float] = []

    def keep_open(number: int) -> None:
        connections: list[socket.socket] = []
        while not stop.is_set():
            for connection in [connection for connection in connections if is_closed(connection)]:
                connections.remove(connection)
                connection.close()
            # The system's queue may be full.
            with contextlib.suppress(OSError):
                while len(connections) < number and not stop.is_set():
                    connections.append(connect(server))
                    opened.append(time.monotonic())
            stop.wait(0.5)
        for connection in connections:
            connection.close()

    thread = threading.Thread(target=keep_open, args=(count,))
    thread.start()
    try:
        yield opened
    finally:
        stop.set()
        thread.join()


@pytest.mark.left_to_ci
def test_silent_connections_starve_no_start_and_no_request(start: Callable[..., ServerProcess]) -> None:
    server = start(under=FEW_DESCRIPTORS)
    began = time.monotonic()
    status, _ = server.wait_until_responding()
    assert status == 503, "the server must not be ready yet"
    with silent_connections(server, SILENT) as opened, ThreadPoolExecutor(1) as threads:
        # The server holds this request until cachibot has started.
        held = threads.submit(
            httpx.get,
            f"{server.url}/api/auth/setup-required",
            headers={"X-CachiBot-Token": server.token},
            timeout=READY_SECONDS,
            trust_env=False,
        )
        assert wait_for(lambda: len(opened) >= SILENT, READY_SECONDS)
        server.wait_until_ready()
        print(f"ready after {time.monotonic() - began:.1f} s")
        assert held.result(timeout=30).status_code == 200
        most, slowest = 0, 0.0
        for _ in range(5):
            before, asked = len(opened), time.monotonic()
            assert server.get("/api/desktop/activity").status_code == 200
            assert server.health() is not None
            most, slowest = max(most, len(opened) - before), max(slowest, time.monotonic() - asked)
        print(f"slowest answers {slowest:.2f} s, most opened meanwhile {most}, {len(opened)} silent connections")
        # Not a time: it depends on how fast the system closes and opens connections.
        assert most < MAX_OVERTAKING
    assert len(opened) >= SILENT
    assert len(server.stderr) < 4000
    assert server.stop() == 0


def used_descriptors(process: int) -> set[int]:
    return {int(entry.name) for entry in Path(f"/proc/{process}/fd").iterdir()}


def lowest_free_descriptor(process: int) -> int:
    """Wait until connections of other tests are closed, and return the number that the next file or connection gets."""
    used = used_descriptors(process)
    for _ in range(50):
        time.sleep(0.3)
        if (later := used_descriptors(process)) == used:
            break
        used = later
    return next(number for number in range(len(used) + 1) if number not in used)


@needs_linux("only Linux lets another process change the limit")
def test_missing_descriptors_are_logged_once_and_do_not_last(server: ServerProcess) -> None:
    import resource

    process = server.process.pid
    soft, hard = resource.prlimit(process, resource.RLIMIT_NOFILE)
    before = len(server.stderr)
    with contextlib.ExitStack() as stack:
        resource.prlimit(process, resource.RLIMIT_NOFILE, (lowest_free_descriptor(process), hard))
        try:
            for _ in range(20):
                stack.enter_context(connect(server))
            assert wait_for(lambda: "could not be accepted" in server.stderr[before:])
            time.sleep(2)
        finally:
            resource.prlimit(process, resource.RLIMIT_NOFILE, (soft, hard))
    assert wait_for(lambda: server.health() is not None)
    # CachiBot's own jobs may have failed meanwhile, too.
    lines = [line for line in server.stderr[before:].splitlines() if "accept" in line]
    assert len(lines) == 1
    assert "Too many open files" in lines[0]


@pytest.mark.left_to_ci
@needs_linux("only Linux shows the limits of another process")
def test_the_descriptor_limit_is_raised(start: Callable[..., ServerProcess]) -> None:
    server = start(under=["sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh"])
    server.wait_until_responding()
    limits = Path(f"/proc/{server.process.pid}/limits").read_text().splitlines()
    soft, hard = next(line.split()[3:5] for line in limits if line.startswith("Max open files"))
    assert int(soft) == min(8192, int(hard))
