"""The watchdog: stack traces of a server that hangs, and no output otherwise."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server_process import ROOT, ServerProcess, environment, wait_for
from systems import has_mode, needs_posix

Start = Callable[..., ServerProcess]

WATCHED = """
import asyncio, re, sys, threading, time
from pathlib import Path
from cachibot_desktop.process import watchdog

watchdog.HANG_SECONDS, watchdog.STALL_SECONDS, watchdog.RESET_SECONDS = 0.5, 1.5, 0.05
modules = 0
STARTED = None

def block_for_a_while():
    time.sleep(1.5)

def hold_the_interpreter():
    re.match(r"(a+)+$", "a" * 26 + "b")

def import_that_hangs():
    time.sleep(4)

async def main(case):
    global modules
    watch = watchdog.Watchdog(Path(sys.argv[2]))
    watching = asyncio.create_task(watch.run(lambda: modules if case in ("healthy", "import") else STARTED))
    if case == "healthy":
        for modules in range(30):
            await asyncio.sleep(0.1)
    elif case == "import":
        importing = threading.Thread(target=import_that_hangs)
        importing.start()
        while importing.is_alive():
            await asyncio.sleep(0.1)
    else:
        await asyncio.sleep(0.3)
        {"block": block_for_a_while, "hold": hold_the_interpreter}[case]()
        await asyncio.sleep(0.3)
    watching.cancel()
    watch.stop()
    time.sleep(1)

asyncio.run(main(sys.argv[1]))
"""


def watch(case: str, file: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a watched event loop in which `case` happens."""
    return subprocess.run(
        [sys.executable, "-c", WATCHED, case, str(file)],
        env=environment(home, PYTHONPATH=str(ROOT / "desktop")),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.left_to_ci
def test_nothing_is_written_while_the_loop_runs(home: Path) -> None:
    file = home / "hang.log"
    assert watch("healthy", file, home).stderr == ""
    assert file.read_text() == ""
    assert has_mode(file, 0o600)


@pytest.mark.parametrize(
    ("case", "function"),
    [
        ("block", "block_for_a_while"),
        pytest.param("hold", "hold_the_interpreter", marks=pytest.mark.left_to_ci),
    ],
)
def test_the_stack_of_a_hanging_loop_is_written_and_logged(home: Path, case: str, function: str) -> None:
    file = home / "hang.log"
    logged = watch(case, file, home).stderr
    assert f"in {function}" in file.read_text()
    assert logged.startswith("The server didn't respond for ")
    assert logged.endswith("The stack traces are in hang.log.\n")
    assert logged.count("\n") == 1
    assert logged in file.read_text(), "the message gives the time, which faulthandler's dump lacks"


@pytest.mark.left_to_ci
def test_an_import_that_hangs_is_reported_once(home: Path) -> None:
    file = home / "hang.log"
    logged = watch("import", file, home).stderr
    assert file.read_text().count("in import_that_hangs") == 1
    assert logged.startswith("The startup hasn't progressed for ")
    assert logged.count("\n") == 1


@pytest.mark.left_to_ci
def test_the_file_keeps_the_last_hangs_and_does_not_grow(home: Path) -> None:
    file = home / "hang.log"
    file.write_text("older\n" * 100_000 + "the previous hang\n")
    file.chmod(0o644)
    watch("block", file, home)
    text = file.read_text()
    assert "the previous hang" in text
    assert "in block_for_a_while" in text
    assert len(text) < 300_000
    assert has_mode(file, 0o600)


@pytest.mark.left_to_ci
@pytest.mark.parametrize("file", ["no-folder/hang.log", "."])
def test_a_file_that_cannot_be_written_is_logged_and_the_server_runs(start: Start, home: Path, file: str) -> None:
    (home / "no-folder").touch()
    server = start(env={"CACHIBOT_DESKTOP_HANG_FILE": str(home / file)})
    server.wait_until_ready()
    assert server.stderr.count("\n") == 1
    assert "no stack traces are written" in server.stderr
    assert server.stop() == 0


BLOCKER = """
import asyncio, re
from cachibot.plugins.base import CachibotPlugin

def hold_the_interpreter():
    re.match(r"(a+)+$", "a" * 60 + "b")

asyncio.get_running_loop().call_later(1, hold_the_interpreter)

class Plugin(CachibotPlugin):
    pass
"""


@pytest.mark.left_to_ci
def test_a_blocked_interpreter_is_reported(start: Start, home: Path) -> None:
    folder = home / ".cachibot" / "plugins" / "blocker"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "blocker"\nversion = "1.0.0"\nauthor = "test"\n')
    (folder / "__init__.py").write_text(BLOCKER)
    file = home / "hang.log"
    start(env={"CACHIBOT_DESKTOP_HANG_FILE": str(file)})
    began = time.monotonic()
    assert wait_for(lambda: file.exists() and "in hold_the_interpreter" in file.read_text(), 100)
    print(f"written {time.monotonic() - began:.1f} s after the start")


@pytest.mark.left_to_ci
def test_a_watched_server_exits_cleanly_and_writes_nothing(start: Start, home: Path) -> None:
    file = home / "hang.log"
    server = start(env={"CACHIBOT_DESKTOP_HANG_FILE": str(file)})
    server.wait_until_ready()
    assert server.stop() == 0
    assert file.read_text() == ""
    assert "hang" not in server.stderr


@needs_posix("Windows resolves such a path differently")
def test_a_relative_path_is_refused(start: Start) -> None:
    server = start(env={"CACHIBOT_DESKTOP_HANG_FILE": "hang.log"})
    assert server.wait() == 2
    assert "CACHIBOT_DESKTOP_HANG_FILE" in server.stderr
