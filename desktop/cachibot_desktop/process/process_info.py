"""Identifies processes by more than the PID, which the system reuses."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import psutil

CLOCK_SECONDS = 2.0
"""Tolerance when a process's start time is compared with a file's time: some systems round to seconds."""


@dataclass(frozen=True)
class Identity:
    """A living process of the current user."""

    pid: int
    parent: int
    started: float
    """Seconds since the epoch."""
    args: tuple[str, ...]
    """The command line."""

    def may_have_written(self, file: Path) -> bool:
        """Return whether the process was running when `file` was written. If not, the writer's PID has been reused."""
        try:
            return self.started <= file.stat().st_mtime + CLOCK_SECONDS
        except OSError:
            return False


def identify(pid: int) -> Identity | None:
    """Return the identity of a process; None if it is dead, another user's, or not accessible."""
    import psutil  # imported only when needed: most launches do not need it

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE or not is_own_process(process):
                return None
            return Identity(pid, process.ppid(), process.create_time(), tuple(process.cmdline()))
    except (psutil.Error, OSError):  # psutil does not wrap all errors of the system
        return None


def is_own_process(process: psutil.Process) -> bool:
    """Return whether the process runs as the current user. Always True on Windows.

    Raises:
        psutil.Error: the process has exited, or is not accessible.
    """
    # On Windows `cmdline` raises for another user's process, unless we are an administrator.
    return sys.platform == "win32" or process.uids().effective == os.geteuid()


def server_in(args: Sequence[str]) -> Literal["stock", "app"] | None:
    """Return which CachiBot server a command line runs: the user's own ("stock") or a desktop app's ("app"), or None.

    `serverIn` in `desktop/server/core/process-info.ts` has the same rules; `test/fixtures/command-lines.json` tests
    both.
    """
    names = [re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe") for word in args]
    if "pyinstaller-server.py" in names:
        return "app"
    if any(name == "cachibot-server" and (at == 0 or _path_start(args, at) == 0) for at, name in enumerate(names)):
        return "app"
    if any(word.startswith("cachibot.api.server") for word in args):
        return "stock"
    if "server" not in args:
        return None
    interpreted = names[0].startswith(("python", "pypy"))
    as_module = any(first == "-m" and second in ("cachibot", "cachibot.cli") for first, second in pairwise(args))
    as_program = any(
        # The program is the first or second word, unless the interpreter has options or a path with a space was split.
        at < 2 or (following == "server" and (interpreted or _path_start(args, at) is not None))
        for at, (name, following) in enumerate(zip(names, [*args[1:], ""], strict=True))
        if name in ("cachibot", "cachi")
    )
    return "stock" if as_module or as_program else None


def _path_start(args: Sequence[str], end: int) -> int | None:
    """Return the index of the word in which the path that ends in `args[end]` starts.

    It is an earlier word if the system reports the command line as one text and a folder's name contains a space.
    """
    for at in range(end, -1, -1):
        if re.match(r"([A-Za-z]:)?[/\\]", args[at]):
            return at
        if args[at].startswith("-"):
            return None
    return None
