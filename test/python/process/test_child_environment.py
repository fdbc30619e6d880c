"""The environment of the agent's tools, for each way to start a process."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server_process import PYTHON, ServerProcess, wait_for
from systems import needs_linux, needs_posix

CALLER = {"CALLERS_OWN": "yes", "PYTHONUNBUFFERED": None, "PATH": os.environ["PATH"], "LD_LIBRARY_PATH": "/callers"}
CHANGED = {"ALL_PROXY": "socks://127.0.0.1:9", "NO_PROXY": "a.example", "SSL_CERT_FILE": "/gone.pem"}
"""Variables that the server changes for its own process."""
RUN_ID = secrets.token_hex(16)

TOOLS = """
import asyncio, json, os, shlex, subprocess, threading, traceback
from cachibot.plugins.base import CachibotPlugin

folder = os.path.dirname(__file__)
python = json.load(open(os.path.join(folder, "python.json")))
report = (
    "import json, os, sys; file = sys.argv[1]; seen = {'env': dict(os.environ), 'stdin': sys.stdin.read()};"
    "json.dump(seen, open(file + '.part', 'w')); os.rename(file + '.part', file)"
)

def command(name):
    return [python, "-c", report, os.path.join(folder, name + ".json")]

def as_a_file(words):
    python, _, code, report_file = words
    file = os.path.join(folder, "report.py")
    with open(file, "w") as out:
        out.write(code)
    return [python, file, report_file]

def fork(then):
    pid = os.fork()
    if pid == 0:
        try:
            then()
        finally:
            os._exit(1)
    os.waitpid(pid, 0)

def in_a_terminal(words):
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(words[0], words)
    while True:
        try:
            if not os.read(terminal, 1024):
                break
        except OSError:
            break
    os.waitpid(pid, 0)

def daemonise(words):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(words[0], words)
        os._exit(0)

OWN = {"OF_THE_TOOL": "1"}
POSIX = os.name == "posix"
shell_line = shlex.join if POSIX else subprocess.list2cmdline
# "more": with our environment and another variable. "alone": with another variable only.
STARTS = {
    "subprocess": lambda c: subprocess.run(c, check=True),
    "subprocess, more": lambda c: subprocess.run(c, check=True, env={**os.environ, **OWN}),
    "asyncio": lambda c: asyncio.run(run_async(c)),
    "os.system": lambda c: os.system(shell_line(c)),
    "os.popen": lambda c: os.popen(shell_line(c)).close(),
}
# Windows lacks the functions, or starts no Python with such an environment.
STARTS |= {} if not POSIX else {
    "subprocess, alone": lambda c: subprocess.run(c, check=True, env=dict(OWN)),
    "subprocess, bytes alone": lambda c: subprocess.run(c, check=True, env={b"OF_THE_TOOL": b"1"}),
    "os.posix_spawn": lambda c: os.waitpid(os.posix_spawn(c[0], c, os.environ), 0),
    "os.posix_spawnp, alone": lambda c: os.waitpid(os.posix_spawnp(c[0], c, dict(OWN)), 0),
    "os.spawnv": lambda c: os.spawnv(os.P_WAIT, c[0], c),
    "os.spawnvpe, more": lambda c: os.spawnvpe(os.P_WAIT, c[0], c, {**os.environ, **OWN}),
    "os.execlp": lambda c: fork(lambda: os.execlp(c[0], *c)),
    "os.execve, alone": lambda c: fork(lambda: os.execve(c[0], c, dict(OWN))),
    "pty": in_a_terminal,
    "daemon": daemonise,
}
# On Windows `os.spawnv` joins the words without quotes, so the code is in a file.
STARTS |= {} if POSIX else {
    "os.spawnv": lambda c: os.spawnv(os.P_WAIT, c[0], as_a_file(c)),
    "os.spawnve": lambda c: os.spawnve(os.P_WAIT, c[0], as_a_file(c), {**os.environ, **OWN}),
}

async def run_async(words):
    await (await asyncio.create_subprocess_exec(*words)).wait()

def start_all():
    errors = {}
    for name, start in STARTS.items():
        try:
            start(command(name))
        except Exception:
            errors[name] = traceback.format_exc()
    codes = [os.system("exit 3"), os.system("kill -9 $$") if POSIX else None]
    running = subprocess.Popen([python, "-c", "import time; time.sleep(600)"]).pid
    summary = {"names": list(STARTS), "errors": errors, "codes": codes, "running": running}
    json.dump(summary, open(os.path.join(folder, "all"), "w"))

# An event loop is already running in this thread.
worker = threading.Thread(target=start_all)
worker.start()
worker.join()

class Plugin(CachibotPlugin):
    pass
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a plug-in that starts a tool in each way."""
    home = tmp_path_factory.mktemp("tools")
    folder = home / ".cachibot" / "plugins" / "tools"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "tools"\nversion = "1.0.0"\nauthor = "test"\n')
    (folder / "python.json").write_text(json.dumps(PYTHON))
    (folder / "__init__.py").write_text(TOOLS)
    (home / "CachiBot").mkdir()
    (home / "CachiBot" / ".env").write_text("OPENAI_API_KEY=key-of-the-user\n")
    server = ServerProcess(
        home,
        env={
            "CACHIBOT_DESKTOP_CALLER_ENV": json.dumps({**CALLER, "CACHIBOT_DESKTOP_RUN": "of another app"}),
            "CACHIBOT_DESKTOP_RUN": RUN_ID,
            "LD_LIBRARY_PATH": "/ours",
            **CHANGED,
        },
    )
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def seen(server: ServerProcess) -> dict[str, Any]:
    """Environment and stdin of each tool, by the way in which it was started."""
    folder = server.data / "plugins" / "tools"
    summary = json.loads((folder / "all").read_text())
    assert summary["errors"] == {}
    reports = {name: folder / f"{name}.json" for name in summary["names"]}
    wait_for(lambda: all(file.exists() for file in reports.values()))
    assert [name for name, file in reports.items() if not file.exists()] == []
    return {name: json.loads(file.read_text()) for name, file in reports.items()}


def test_all_descendants_have_the_run_id(seen: dict[str, Any]) -> None:
    assert [name for name, found in seen.items() if found["env"].get("CACHIBOT_DESKTOP_RUN") != RUN_ID] == []


def test_descendants_get_no_secrets_of_the_server(server: ServerProcess, seen: dict[str, Any]) -> None:
    everything = json.dumps(seen)
    assert server.token not in everything
    assert (server.data / "login.secret").read_text().strip() not in everything
    assert "key-of-the-user" not in everything
    names = {variable for found in seen.values() for variable in found["env"]}
    assert {name for name in names if "CACHIBOT" in name} == {"CACHIBOT_DESKTOP_RUN", "CACHIBOT_TELEMETRY_DISABLED"}


@needs_linux("only Linux shows the environment of other processes as files")
def test_the_token_is_not_in_the_process_table(server: ServerProcess) -> None:
    tool = json.loads((server.data / "plugins" / "tools" / "all").read_text())["running"]
    for pid in (server.process.pid, tool):
        shown = b"".join(Path(f"/proc/{pid}/{file}").read_bytes() for file in ("cmdline", "environ"))
        assert server.token.encode() not in shown
        assert f"CACHIBOT_DESKTOP_RUN={RUN_ID}".encode() in shown, "the cleanup after a crash finds the run"


def test_descendants_get_the_callers_environment_and_no_stdin(seen: dict[str, Any]) -> None:
    for name, found in seen.items():
        assert found["stdin"] == "", name
        if name.endswith("alone"):
            assert found["env"]["OF_THE_TOOL"] == "1", name
            assert "CALLERS_OWN" not in found["env"], name
            continue
        assert found["env"]["CALLERS_OWN"] == "yes", name
        assert found["env"]["LD_LIBRARY_PATH"] == "/callers", name
        assert "PYTHONUNBUFFERED" not in found["env"], name
        assert {variable: found["env"].get(variable) for variable in CHANGED} == CHANGED, name
        assert "no_proxy" not in found["env"], name


@needs_posix("Windows has no signals")
def test_os_system_returns_the_status_of_the_command(server: ServerProcess) -> None:
    exited, killed = json.loads((server.data / "plugins" / "tools" / "all").read_text())["codes"]
    assert os.waitstatus_to_exitcode(exited) == 3
    assert os.waitstatus_to_exitcode(killed) == -9
