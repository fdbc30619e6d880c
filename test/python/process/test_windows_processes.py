"""Processes on Windows: the private handle of stdin, the job object, and the exit of the app, without cachibot."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cachibot_desktop.process.windows_start import CREATE_NO_WINDOW
from server_process import ROOT, wait_for
from systems import UNDER_WINE, needs_windows

pytestmark = needs_windows("other systems have neither job objects nor handles")

DETACHED, NEW_GROUP = 0x0000_0008, 0x0000_0200

WATCHING = """
import json, os, subprocess, sys, time
from cachibot_desktop.process import stdin

handle = stdin.detach_stdin()
stdin.watch(handle, lambda: os._exit(7))
time.sleep(0.5)
reads = [sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]
waits = "cmd /c set /p x="
found = {"inheritable": os.get_inheritable(handle)}
for name, start in {
    "python": lambda: subprocess.run(reads, capture_output=True, timeout=30).stdout.decode().strip(),
    "python, all handles": lambda: subprocess.run(
        reads, stdout=subprocess.PIPE, close_fds=False, timeout=30
    ).stdout.decode().strip(),
    "cmd": lambda: subprocess.run(waits, capture_output=True, timeout=30).returncode in (0, 1),
    "os.system": lambda: os.system("cmd /c exit 3"),
    "os.popen": lambda: os.popen("cmd /c echo hello").read().strip(),
}.items():
    began = time.monotonic()
    found[name] = [start(), time.monotonic() - began]
print(json.dumps(found), flush=True)
time.sleep(60)
"""

PARENT = """
import os, subprocess, sys, time
from cachibot_desktop.process.windows_job import create_kill_on_close_job

if "job" in sys.argv:
    create_kill_on_close_job()
wait = [sys.executable, "-c", "import time; time.sleep(60)"]
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
child = subprocess.Popen(wait, creationflags=int(sys.argv[1]), **quiet)
print(child.pid, flush=True)
if "exits" in sys.argv:
    sys.stdin.readline()
    os._exit(0)
time.sleep(60)
"""


@contextlib.contextmanager
def python(code: str, *arguments: str, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run code in a Python that finds the server's modules; kill it at the end."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "desktop")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_children_that_start_while_the_server_reads_stdin_do_not_hang() -> None:
    with python(WATCHING) as server:
        found = json.loads(server.stdout.readline())
        assert found.pop("inheritable") is False
        assert {name: result for name, (result, _) in found.items()} == {
            "python": "''",
            "python, all handles": "''",
            "cmd": True,
            "os.system": 3,
            "os.popen": "hello",
        }
        slow = {name: seconds for name, (_, seconds) in found.items() if seconds > 10}
        assert slow == {}
        server.stdin.close()
        assert server.wait(10) == 7, "the end of stdin is noticed while a thread reads it"


@pytest.mark.parametrize("flags", [0, DETACHED | NEW_GROUP])
@pytest.mark.parametrize("end", ["exits", "is killed"])
def test_the_job_object_ends_all_children(flags: int, end: str) -> None:
    with python(PARENT, str(flags), "job", end) as server:
        child = int(server.stdout.readline())
        assert psutil.pid_exists(child)
        _end(server, end)
        assert wait_for(lambda: not psutil.pid_exists(child))


def test_without_the_job_object_a_child_lives_on() -> None:
    with python(PARENT, "0", "exits") as server:
        child = int(server.stdout.readline())
        _end(server, "exits")
        time.sleep(1)
        assert psutil.pid_exists(child)
        psutil.Process(child).kill()


OPENS_A_FILE = """
import os, sys, time
from cachibot_desktop.process.child_environment import patch_spawn
from cachibot_desktop.process.windows_job import create_kill_on_close_job

create_kill_on_close_job()
patch_spawn(dict(os.environ))
os.startfile(sys.executable, "open", f'"{sys.argv[1]}"')
print("opened", flush=True)
time.sleep(60)
"""

OPENED = """
import os, time
from pathlib import Path

with open(Path(__file__).with_name("new"), "w") as file:
    file.write(str(os.getpid()))
os.rename(file.name, Path(__file__).with_name("pid"))
time.sleep(60)
"""


def test_a_program_that_opens_a_file_lives_on(tmp_path: Path) -> None:
    (tmp_path / "opened.py").write_text(OPENED)
    pid_file = tmp_path / "pid"
    with python(OPENS_A_FILE, str(tmp_path / "opened.py")) as server:
        assert server.stdout.readline().strip() == b"opened"
        assert wait_for(pid_file.exists, 30)
        _end(server, "is killed")
    time.sleep(1)
    program = psutil.Process(int(pid_file.read_text()))
    assert program.is_running()
    program.kill()


STARTS_BY_COMMAND = """
import os, subprocess, sys, time, winreg
from cachibot_desktop.process import windows_start_command
from cachibot_desktop.process.child_environment import patch_spawn
from cachibot_desktop.process.windows_job import create_kill_on_close_job

windows_start_command._DOCUMENT += "|cachibot-test"
create_kill_on_close_job()
patch_spawn(dict(os.environ))
root, classes, command, pid_file = getattr(winreg, sys.argv[1]), *sys.argv[2:]
kind = classes + "cachibot-test"
keys = [classes + ".cachibot-test", kind, kind + r"\\shell", kind + r"\\shell\\open", kind + r"\\shell\\open\\command"]
for key in keys:
    winreg.CreateKey(root, key).Close()
winreg.SetValue(root, keys[0], winreg.REG_SZ, "cachibot-test")
winreg.SetValue(root, keys[-1], winreg.REG_SZ, f'"{sys.executable}" "%1"')
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
try:
    code = subprocess.call(command, shell=True, timeout=30, **quiet)
    deadline = time.monotonic() + 30
    while not os.path.exists(pid_file) and time.monotonic() < deadline:
        time.sleep(0.1)
finally:
    for key in reversed(keys):
        winreg.DeleteKey(root, key)
print(code, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("opens", ["a document", "a program"])
def test_only_a_document_that_a_command_opens_lives_on(opens: str, tmp_path: Path) -> None:
    document = tmp_path / "my opened.cachibot-test"
    document.write_text(OPENED)
    target = f'"{document}"' if opens == "a document" else f'"{sys.executable}" "{document}"'
    # wine before 9 ignores the file types of a user.
    classes = ["HKEY_CLASSES_ROOT", ""] if UNDER_WINE else ["HKEY_CURRENT_USER", "Software\\Classes\\"]
    pid_file = tmp_path / "pid"
    with python(STARTS_BY_COMMAND, *classes, f'start "" {target}', str(pid_file)) as server:
        assert server.stdout.readline().strip() == b"0"
        program = psutil.Process(int(pid_file.read_text()))
        _end(server, "is killed")
    if opens == "a program":
        assert wait_for(lambda: not psutil.pid_exists(program.pid))
        return
    time.sleep(1)
    assert program.is_running()
    program.kill()


STARTS_PROGRAMS = """
import json, os, subprocess, sys
from cachibot_desktop.process.child_environment import patch_spawn

patch_spawn(dict(os.environ))
command = [sys.executable, sys.argv[1]]
line = subprocess.list2cmdline(command)
print(json.dumps({
    "subprocess": subprocess.call(command),
    "os.system": os.system(line),
    "os.popen": os.popen(line).close(),
}), flush=True)
"""

SHOWS_A_CONSOLE = """
import ctypes, sys

kernel, user = ctypes.WinDLL("kernel32"), ctypes.WinDLL("user32")
kernel.GetConsoleWindow.restype = ctypes.c_void_p
window = kernel.GetConsoleWindow()
sys.exit(bool(window and user.IsWindowVisible(ctypes.c_void_p(window))))
"""


def test_no_program_of_the_server_shows_a_console_window(tmp_path: Path) -> None:
    """The app starts the server with this flag, so that its children inherit a console without a window.

    Only a real Windows can fail here: wine shows no window for a console of the server's own either.
    """
    (tmp_path / "shows.py").write_text(SHOWS_A_CONSOLE)
    with python(STARTS_PROGRAMS, str(tmp_path / "shows.py"), creationflags=CREATE_NO_WINDOW) as server:
        found = json.loads(server.stdout.readline())
    assert found == {"subprocess": 0, "os.system": 0, "os.popen": None}


def _end(server: subprocess.Popen[bytes], end: str) -> None:
    if end == "is killed":
        server.kill()
    else:
        server.stdin.close()
    server.wait(10)


WATCHES_ITS_PARENT = """
import os, sys, time
from cachibot_desktop.process import parent

is_alive = parent.watch(int(sys.argv[1]), lambda: os._exit(9))
print(is_alive(), flush=True)
time.sleep(60)
"""


def test_the_exit_of_the_app_is_noticed_at_once() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as app,
        python(WATCHES_ITS_PARENT, str(app.pid)) as server,
    ):
        assert server.stdout.readline().strip() == b"True"
        app.kill()
        app.wait()
        began = time.monotonic()
        assert server.wait(10) == 9
        assert time.monotonic() - began < 2


def test_an_app_that_is_gone_already_ends_the_server() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as app:
        app.wait()
    with python(WATCHES_ITS_PARENT, str(app.pid)) as server:
        assert server.wait(10) == 9
