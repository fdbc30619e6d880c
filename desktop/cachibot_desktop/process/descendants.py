"""Everything the server started, directly or not: adopted, reaped, and ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PR_SET_CHILD_SUBREAPER = 36
TERM_SECONDS = 0.5
KILL_SECONDS = 1.0
REAP_SECONDS = 60.0
WITHOUT_WAITING: int = getattr(os, "WNOHANG", 0)  # Windows, which has no such call, never comes to use it


@dataclass(frozen=True)
class Row:
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    zombie: bool


def become_subreaper() -> None:
    """Make sure that we hear of, and can end, children of our children that daemonise.

    Linux: orphans below us become our children. Windows: a job object ends with us
    whatever was started below us. macOS has neither; there the process group must do.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        threading.Thread(target=_reap_for_ever, name="reaper", daemon=True).start()
    elif sys.platform == "win32":
        from .windows_job import die_together

        die_together()


def kill_descendants() -> None:
    """End every process below us or in our own group, never ourselves. Takes 1.5 s at most."""
    if sys.platform == "win32":
        return  # the job object does it when we are gone
    import psutil  # once the application is imported, it is loaded already

    psutil.process_iter.cache_clear()  # the reaper filled it; a number may belong to another process since
    if not _remains():
        return
    _signal_remains(signal.SIGTERM)
    if _wait_until_alone(TERM_SECONDS):
        return
    deadline = time.monotonic() + KILL_SECONDS
    while time.monotonic() < deadline and _remains():
        # Again and again: a process may have forked between the look and the blow.
        _signal_remains(signal.SIGKILL)
        time.sleep(0.02)


def _wait_until_alone(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _remains():
            return True
        time.sleep(0.02)
    return False


def _signal_remains(sign: signal.Signals) -> None:
    import psutil

    for process in _remains():
        # Gone meanwhile, its number given to another process, or it has become another user's: not ours to end. psutil
        # refuses some of them with a ValueError; one that cannot be signalled must not keep the others from it.
        with contextlib.suppress(psutil.Error, ValueError, OSError):
            process.send_signal(sign)


def _remains() -> list[psutil.Process]:
    processes = _processes()
    return [processes[pid] for pid in family_of(os.getpid(), _table(processes.values()))]


def family_of(me: int, table: list[Row]) -> list[int]:
    """Living processes below `me`, and those in the group that `me` leads; without `me`.

    A group led by somebody else holds processes that are none of our business, such as
    the other members of a shell's pipeline.
    """
    children: dict[int, list[Row]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Row] = {}
    waiting = list(children.get(me, []))
    leads_group = any(process.pid == me == process.group for process in table)
    if leads_group:
        waiting += [process for process in table if process.group == me]
    while waiting:
        process = waiting.pop()
        if process.pid == me or process.pid in found:
            continue
        found[process.pid] = process
        waiting += children.get(process.pid, [])
    return [process.pid for process in found.values() if not process.zombie]


def _processes() -> dict[int, psutil.Process]:
    """All processes we can see, by their ids.

    Without macOS's PID 0, whose parent is itself: for `getpgid`, 0 means this process, so that it would seem to be in
    our group, and all processes below it.
    """
    import psutil

    return {process.pid: process for process in psutil.process_iter(["ppid", "status"]) if process.pid != 0}


def _table(processes: Iterable[psutil.Process]) -> list[Row]:
    import psutil

    rows = []
    for process in processes:
        # Gone meanwhile.
        with contextlib.suppress(ProcessLookupError):
            zombie = process.info["status"] == psutil.STATUS_ZOMBIE
            rows.append(Row(process.pid, process.info["ppid"], os.getpgid(process.pid), zombie))
    return rows


def _reap_for_ever() -> None:
    """Take the exit status of adopted orphans, which nobody else waits for.

    A child that Python code started is waited for by that code, and taking its status
    away would make a failure look like success; so only what has been dead for a whole
    round is reaped.
    """
    dead: set[int] = set()
    while True:
        time.sleep(REAP_SECONDS)
        me = os.getpid()
        zombies = {row.pid for row in _table(_processes().values()) if row.parent == me and row.zombie}
        for pid in zombies & dead:
            # No child of ours any more: its starter has waited for it after all.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, WITHOUT_WAITING)
        dead = zombies - dead
