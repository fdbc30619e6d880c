"""Whether the person's own `cachibot server` is running on the same data. It is never touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

PID_FILE = "server.pid"
ASK_SECONDS = 5.0


def running(data: Path) -> int | None:
    """Return the process id of a stock server that lives on `data`, or None.

    Its pid file alone proves nothing: it stays behind after a crash, and the number may
    belong to any program by now. So the process's own command line decides.
    """
    pid = _named_pid(data)
    if pid is None or pid == os.getpid():
        return None
    return pid if is_server(command_line(pid)) else None


def is_server(words: list[str]) -> bool:
    """Whether a command line is one of `cachibot server`, in any way it can be started."""
    names = [word.replace("\\", "/").rsplit("/", 1)[-1].lower() for word in words]
    if any(name.startswith("cachibot-server") for name in names[:1]):
        return True
    if any(word.startswith("cachibot.api.server") for word in words):
        return True
    called = any(name.removesuffix(".exe") in ("cachibot", "cachi") for name in names[:2]) or _runs_module(words)
    return called and "server" in words


def command_line(pid: int) -> list[str]:
    """Return the words of a living process's command line; empty when it is gone or not ours to see."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [word.decode(errors="replace") for word in raw.split(b"\0") if word]
    if sys.platform == "win32":
        query = f"(Get-CimInstance Win32_Process -Filter 'ProcessId={pid}').CommandLine"
        return _ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", query])
    return _ask(["/bin/ps", "-ww", "-p", str(pid), "-o", "command="])


def _ask(command: list[str]) -> list[str]:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [word.strip('"') for word in answer.stdout.split()]


def _runs_module(words: list[str]) -> bool:
    return any(first == "-m" and second in ("cachibot", "cachibot.cli") for first, second in pairwise(words))


def _named_pid(data: Path) -> int | None:
    try:
        pid = json.loads((data / PID_FILE).read_text())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if isinstance(pid, int) and pid > 0 else None
