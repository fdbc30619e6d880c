"""A process that has imported cachibot, patched or not, and runs snippets for the tests.

The import of cachibot takes seconds, changes the process permanently and depends on the
home, so no test imports it into pytest's process.
"""

from __future__ import annotations

import json
import subprocess
import textwrap
import threading
import types
from pathlib import Path
from typing import Any

from server_process import PYTHON, READY_SECONDS, ROOT, environment

ANSWER_SECONDS = 60.0

WORKER_SCRIPT = """
import asyncio, contextlib, io, json, os, sys, time, traceback
from pathlib import Path
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
HOME = Path.home()
WORKSPACE = Path.cwd()
PATCHED = os.environ.pop("CACHIBOT_PROCESS") == "patched"
from cachibot_desktop.gateway.activity import Activity
from cachibot_desktop.server.application import load
from cachibot_desktop.data import folder as data
from cachibot_desktop.launch_options import LaunchOptions
if PATCHED:
    launch = LaunchOptions(port=5870, workspace=WORKSPACE, home=HOME, token="0" * 64)
    data.prepare(launch.data)
    app = load(launch, Activity()).app
else:
    from cachibot.api.server import app
answers.write("ready\\n"); answers.flush()
for line in sys.stdin:
    scope = {**globals(), "answer": None}
    try:
        exec(compile(json.loads(line), "snippet", "exec"), scope)
        reply = {"answer": scope["answer"]}
    except BaseException:
        reply = {"error": traceback.format_exc()}
    answers.write(json.dumps(reply, default=str) + "\\n"); answers.flush()
"""


LONGEST_WAIT = """
async def longest_wait(work):
    longest, done = 0.0, False
    async def tick():
        nonlocal longest
        while not done:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    result = await work()
    done = True
    await ticking
    return [longest, result]
"""
"""Defines a function for a snippet: runs `work` and returns the longest time that the event loop was blocked."""


class CachibotProcess:
    """Runs snippets. Each sets `answer` to a value that can be converted to JSON."""

    def __init__(self, home: Path, *, patched: bool) -> None:
        self.home = home
        self.workspace = home / "CachiBot"
        self.workspace.mkdir()
        self._process = subprocess.Popen(
            [PYTHON, "-c", WORKER_SCRIPT],
            cwd=self.workspace,
            env=environment(
                home,
                CACHIBOT_PROCESS="patched" if patched else "stock",
                CACHIBOT_DESKTOP="true",
                CACHIBOT_WORKSPACE=str(self.workspace),
                PYTHONPATH=str(ROOT / "desktop"),
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read(READY_SECONDS)

    def run(self, snippet: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(textwrap.dedent(snippet)) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._read())
        if "error" in reply:
            raise AssertionError(reply["error"])
        return reply["answer"]

    def _read(self, seconds: float = ANSWER_SECONDS) -> str:
        assert self._process.stdout is not None
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, f"the process has exited, or was killed after {seconds:.0f} s without an answer"
        return line

    def __enter__(self) -> CachibotProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
