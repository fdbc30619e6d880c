"""Identifies processes. A PID alone does not: the system reuses it."""

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
"""Tolerance between times of processes and of files: some are whole seconds."""


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
        """Return whether it ran when the file was written; else its PID is the writer's, reused."""
        try:
            return self.started <= file.stat().st_mtime + CLOCK_SECONDS
        except OSError:
            return False


def identify(pid: int) -> Identity | None:
    """Return who the process is; None when it is dead, another user's, or the system will not tell."""
    import psutil  # not as this file is loaded: most starts need none of it

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE or not is_ours(process):
                return None
            return Identity(pid, process.ppid(), process.create_time(), tuple(process.cmdline()))
    except (psutil.Error, OSError):  # psutil passes some errors of the system on as they are
        return None


def is_ours(process: psutil.Process) -> bool:
    """Return whether the process runs as our own user.

    Raises:
        psutil.Error: it is gone, or the system will not tell.
    """
    # Windows shows a command line to its own user, and to those who may do anything: there `cmdline` raises.
    return sys.platform == "win32" or process.uids().effective == os.geteuid()


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
    interpreted = names[0].startswith(("python", "pypy"))
    as_module = any(first == "-m" and second in ("cachibot", "cachibot.cli") for first, second in pairwise(words))
    as_program = any(
        # Only its interpreter comes before a program, save when that has options, or a path with a blank was split.
        at < 2 or (following == "server" and (interpreted or _path_start(words, at) is not None))
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
