"""Shutdown: the server stops cleanly, within its time limits, and without descendants, for each way to stop it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import websockets

from server_process import FROZEN, PYTHON, READY_SECONDS, SERVER, ServerProcess, environment, free_port, wait_for
from systems import needs_posix

Start = Callable[..., ServerProcess]
needs_signals = needs_posix("Windows kills instead of sending a signal")
WAYS = [
    "stdin",
    pytest.param("SIGTERM", marks=needs_signals),
    pytest.param("SIGINT", marks=[needs_signals, pytest.mark.left_to_ci]),
    pytest.param("SIGHUP", marks=[needs_signals, pytest.mark.left_to_ci]),
]

SPAWNER = """
import json, os, subprocess
from cachibot.plugins.base import CachibotPlugin

listener = '''
import os, socket, sys, time
listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
time.sleep(300)
'''
folder = os.path.dirname(__file__)
ports = json.load(open(os.path.join(folder, "ports.json")))
subprocess.Popen([ports["python"], "-c", listener, str(ports["child"])])
daemonise = '''
import subprocess, sys
subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], start_new_session=True)
'''
subprocess.run([ports["python"], "-c", daemonise, listener, str(ports["orphan"])])
stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n" + listener
subprocess.Popen([ports["python"], "-c", stubborn, str(ports["stubborn"])], start_new_session=True)

class Plugin(CachibotPlugin):
    pass
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def install_spawner(home: Path) -> dict[str, int]:
    """Install a plug-in that starts processes as an agent's tools do; return the ports on which they listen."""
    folder = home / ".cachibot" / "plugins" / "spawner"
    folder.mkdir(parents=True)
    ports = {name: free_port() for name in ("child", "orphan", "stubborn")}
    (folder / "ports.json").write_text(json.dumps({**ports, "python": PYTHON}))
    (folder / "plugin.toml").write_text('[plugin]\nname = "spawner"\nversion = "1.0.0"\nauthor = "test"\n')
    (folder / "__init__.py").write_text(SPAWNER)
    return ports


def checkpointed(server: ServerProcess) -> bool:
    log = server.data / "cachibot.db-wal"
    return not log.exists() or log.stat().st_size == 0


@pytest.mark.parametrize("name", WAYS)
def test_an_idle_server_exits_cleanly(start: Start, name: str) -> None:
    server = start()
    server.wait_until_ready()
    server.sign_up()
    assert not checkpointed(server)
    if name == "stdin":
        server.close_stdin()
    else:
        server.process.send_signal(getattr(signal, name))
    assert server.wait() == 0
    assert checkpointed(server)
    assert "Traceback" not in server.stderr
    with closing(sqlite3.connect(server.data / "cachibot.db")) as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("after", [0.05, 0.4, 1.5])
def test_a_starting_server_exits_cleanly(start: Start, name: str, after: float) -> None:
    server = start()
    time.sleep(after)
    if after > 0.3:
        server.wait_until_responding()
    if name == "stdin":
        server.close_stdin()
    else:
        server.process.send_signal(getattr(signal, name))
    code = server.wait()
    if after < 0.3 and code == -getattr(signal, name, 0):
        return  # Python had not run our first line yet, so the system handled the signal.
    if FROZEN and name == "SIGINT" and after < 0.3 and code == 1:
        assert "KeyboardInterrupt" in server.stderr
        return  # SIGINT interrupted the bootstrap of the frozen program, which is Python code.
    assert code == 0
    assert "Traceback" not in server.stderr


def test_an_open_websocket_is_closed_and_does_not_delay_the_stop(start: Start) -> None:
    server = start()
    server.wait_until_ready()
    token = server.sign_up()

    async def stop_while_connected() -> tuple[int, int]:
        async with websockets.connect(
            f"ws://127.0.0.1:{server.port}/ws?token={token}",
            additional_headers={"X-CachiBot-Token": server.token},
            proxy=None,
        ) as socket_:
            await socket_.send("{}")
            server.close_stdin()
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket_.recv(), 15)
            return await asyncio.to_thread(server.wait), closed.value.rcvd.code if closed.value.rcvd else 0

    exit_code, close_code = asyncio.run(stop_while_connected())
    assert (exit_code, close_code) == (0, 1012)
    assert checkpointed(server)


def test_a_waiting_handshake_does_not_delay_the_stop(start: Start) -> None:
    server = start()
    server.wait_until_responding()
    with socket.create_connection(("127.0.0.1", server.port)) as held:
        held.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nX-CachiBot-Token: {server.token}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        time.sleep(0.2)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 8


def test_children_and_orphans_are_killed_with_the_server(start: Start, home: Path) -> None:
    ports = install_spawner(home)
    server = start()
    server.wait_until_ready()
    assert wait_for(lambda: all(listens(port) for port in ports.values())), server.stderr
    assert server.stop() == 0
    # Check the ports and not the PIDs, because a PID could be a zombie's.
    assert not any(listens(port) for port in ports.values())


@pytest.mark.parametrize("after", ["the port is open", "ready"])
@pytest.mark.parametrize("pipe_stays_open", [False, pytest.param(True, marks=pytest.mark.left_to_ci)])
def test_the_server_stops_when_the_app_dies(home: Path, after: str, pipe_stays_open: bool) -> None:
    """`pipe_stays_open`: another process has inherited the app's end of the pipe to stdin, and keeps it open."""
    workspace = home / "CachiBot"
    workspace.mkdir()
    port = free_port()
    app = f"""
import os, subprocess, sys, time
read, write = os.pipe()
os.write(write, b"0" * 64 + b"\\n")
os.set_inheritable(write, {pipe_stays_open})
if {pipe_stays_open}:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], close_fds=False, start_new_session=True)
os.environ["CACHIBOT_DESKTOP_PARENT"] = str(os.getpid())
server = subprocess.Popen([*{SERVER!r}, "--port", "{port}"], stdin=read, start_new_session=True)
print(server.pid, flush=True)
time.sleep(2 * {READY_SECONDS})
"""
    env = environment(home, CACHIBOT_WORKSPACE=str(workspace))
    with subprocess.Popen(
        [sys.executable, "-c", app], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as shell:
        assert shell.stdout is not None
        server = int(shell.stdout.readline())
        try:
            assert wait_for(lambda: listens(port), READY_SECONDS)
            if after == "ready":
                import httpx

                health = lambda: httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False, timeout=30)  # noqa: E731
                assert wait_for(lambda: health().status_code == 200, READY_SECONDS)
            shell.kill()
            shell.wait()
            began = time.monotonic()
            assert wait_for(lambda: not listens(port), 15)
            print(f"exited {time.monotonic() - began:.2f} s after the app")
            assert wait_for(lambda: not psutil.pid_exists(server) or is_zombie(server), 10)
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(server).kill()


def install_busy_job(home: Path) -> None:
    """Install a plug-in with a background job that takes minutes."""
    folder = home / ".cachibot" / "plugins" / "busy"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "busy"\nversion = "1.0.0"\nauthor = "test"\n')
    (folder / "__init__.py").write_text(
        "import asyncio\n"
        "from cachibot.plugins.base import CachibotPlugin\n"
        "from cachibot.services.job_runner import get_job_runner\n"
        "class Plugin(CachibotPlugin):\n    pass\n"
        "get_job_runner()._running_jobs['busy'] = asyncio.get_running_loop().create_task(asyncio.sleep(300))\n"
    )


@pytest.mark.left_to_ci
def test_running_work_gets_time_to_finish_only_while_the_app_is_alive(start: Start, home: Path) -> None:
    install_busy_job(home)
    server = start()
    server.wait_until_ready()
    assert server.get("/api/desktop/activity").json()["jobs"] == 1
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began > 4.5

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as app:
        orphan = start(env={"CACHIBOT_DESKTOP_PARENT": str(app.pid)})
        orphan.wait_until_ready()
        assert orphan.get("/api/desktop/activity").json()["jobs"] == 1
        app.kill()
    began = time.monotonic()
    orphan.close_stdin()
    assert orphan.wait() == 0
    took = time.monotonic() - began
    print(f"exited {took:.1f} s after the app, with a running job")
    assert took < 4.5
    assert checkpointed(orphan)


def is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.left_to_ci
def test_the_shutdown_of_a_hanging_server_is_aborted_and_its_database_is_intact(start: Start, home: Path) -> None:
    folder = home / ".cachibot" / "plugins" / "hanger"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "hanger"\nversion = "1.0.0"\nauthor = "test"\n')
    # A plug-in that blocks the event loop 1.5 s after the start.
    (folder / "__init__.py").write_text(
        "import asyncio, time\n"
        "from cachibot.plugins.base import CachibotPlugin\n"
        "class Plugin(CachibotPlugin):\n    pass\n"
        "asyncio.get_running_loop().call_later(1.5, time.sleep, 300)\n"
    )
    server = start()
    server.wait_until_ready()
    time.sleep(2)
    began = time.monotonic()
    assert server.stop() == 0
    took = time.monotonic() - began
    print(f"a hanging server exited after {took:.1f} s")
    assert 7 < took < 14
    assert checkpointed(server)
    with closing(sqlite3.connect(server.data / "cachibot.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
