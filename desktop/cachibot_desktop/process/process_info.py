"""Who a process is, in the system's own words: a number alone says nothing, the system gives it out again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

ASK_SECONDS = 5.0

CLOCK_SECONDS = 2.0
"""What times of processes and of files may differ by, because one is told in whole seconds."""


@dataclass(frozen=True)
class Identity:
    """A living process of our own user."""

    pid: int
    parent: int
    started: float
    """Seconds since the epoch."""
    words: tuple[str, ...]
    """Its command line."""

    def may_have_written(self, file: Path) -> bool:
        """Whether it was there already when the file was written; else it has got the writer's number."""
        try:
            return self.started <= file.stat().st_mtime + CLOCK_SECONDS
        except OSError:
            return False


def identify(pid: int) -> Identity | None:
    """Return who the process is; None when it is dead, another user's, or the system will not tell."""
    if sys.platform == "linux":
        return _from_proc(pid)
    if sys.platform == "win32":
        return _from_powershell(pid)
    return _from_ps(pid)


def server_in(words: Sequence[str]) -> Literal["stock", "app"] | None:
    """Return which CachiBot server a command line runs: the user's own ("stock"), or that of an app like this ("app").

    `serverIn` in `desktop/server/core/process-info.ts` decides the same; `test/fixtures/command-lines.json` is tested
    in both.
    """
    names = [re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe") for word in words]
    if "pyinstaller-server.py" in names:
        return "app"
    if any(name == "cachibot-server" and (at == 0 or _path_start(words, at) == 0) for at, name in enumerate(names)):
        return "app"
    if any(word.startswith("cachibot.api.server") for word in words):
        return "stock"
    if "server" not in words:
        return None
    as_module = any(first == "-m" and second in ("cachibot", "cachibot.cli") for first, second in pairwise(words))
    as_program = any(
        # Only its interpreter comes before a program, save when a path with a blank was split, or it has options.
        at < 2 or (following == "server" and _path_start(words, at) is not None)
        for at, (name, following) in enumerate(zip(names, [*words[1:], ""], strict=True))
        if name in ("cachibot", "cachi")
    )
    return "stock" if as_module or as_program else None


def _path_start(words: Sequence[str], end: int) -> int | None:
    """The word in which the path starts that ends in `words[end]`.

    It is an earlier word when the system tells the command line as one text and a folder's name has a blank.
    """
    for at in range(end, -1, -1):
        if re.match(r"([A-Za-z]:)?[/\\]", words[at]):
            return at
        if words[at].startswith("-"):
            return None
    return None


def _from_proc(pid: int) -> Identity | None:
    folder = Path(f"/proc/{pid}")
    try:
        if folder.stat().st_uid != os.geteuid():
            return None
        # The name may hold blanks and brackets: what follows the last bracket is safe to split.
        fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        words = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if fields[0] == b"Z":
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return Identity(pid, int(fields[1]), time.time() - age, tuple(word.decode(errors="replace") for word in words[:-1]))


def _from_ps(pid: int) -> Identity | None:
    answer = ask(["/bin/ps", "-ww", "-p", str(pid), "-o", "uid=,ppid=,stat=,etime=,command="])
    fields = answer.split(None, 4)
    if len(fields) < 5 or int(fields[0]) != os.geteuid() or fields[2].startswith("Z"):
        return None
    return Identity(pid, int(fields[1]), time.time() - _seconds(fields[3]), tuple(fields[4].split()))


def _seconds(elapsed: str) -> int:
    """Read `[[days-]hours:]minutes:seconds`."""
    days, _, clock = elapsed.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds + int(days or 0) * 86400


def _from_powershell(pid: int) -> Identity | None:
    """Windows shows a command line to its own user, and to those who may do anything."""
    query = (
        f"$p = Get-CimInstance Win32_Process -Filter 'ProcessId={pid}';"
        " $p.ParentProcessId; ([DateTimeOffset]$p.CreationDate).ToUnixTimeSeconds(); $p.CommandLine"
    )
    lines = ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", query]).splitlines()
    if len(lines) < 3 or not lines[2].strip():
        return None
    return Identity(pid, int(lines[0]), float(lines[1]), tuple(word.strip('"') for word in lines[2].split()))


def ask(command: list[str]) -> str:
    """Return what a tool of the system says; nothing when it is not there or takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
