"""Tracks, reaps and kills the server's descendants: all processes that it started, directly or indirectly."""

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
WALL = 0x40000000
"""Linux: children that do not send SIGCHLD count, too."""
TERM_SECONDS = 0.5
KILL_SECONDS = 1.0
REAP_SECONDS = 60.0
WNOHANG: int = getattr(os, "WNOHANG", 0)  # Windows lacks it, and has no use for it


_is_subreaper = False


@dataclass(frozen=True)
class Row:
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    zombie: bool


def become_subreaper() -> None:
    """Make sure that descendants that daemonise can be found and killed.

    Linux: orphaned descendants become our children. Windows: a job object kills all
    descendants when we exit. macOS has neither, so only the process group helps there.
    """
    global _is_subreaper  # noqa: PLW0603 - a state of the process
    if sys.platform == "linux":
        import ctypes

        _is_subreaper = ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
        threading.Thread(target=_reap_orphans, name="reaper", daemon=True).start()
    elif sys.platform == "win32":
        from .windows_job import create_kill_on_close_job

        create_kill_on_close_job()


def kill_descendants() -> None:
    """Kill every descendant and every member of the group that we lead, except us. Takes 1.5 s at most.

    On Linux, without any descendant, another member of that group lives on.
    """
    if sys.platform == "win32":
        return  # the job object does it when we exit
    if _is_subreaper and not _has_children():
        # The parents of each descendant lead to a child of ours, so none is left. Reading the process table takes more
        # time than all else at the exit.
        return
    import psutil  # already loaded if the application has been imported

    psutil.process_iter.cache_clear()  # the reaper filled it; since then a PID may have been reused
    if not _living_descendants():
        return
    _signal_descendants(signal.SIGTERM)
    if _wait_until_none_left(TERM_SECONDS):
        return
    deadline = time.monotonic() + KILL_SECONDS
    while time.monotonic() < deadline and _living_descendants():
        # Repeat: a process may have forked after the process table was read.
        _signal_descendants(signal.SIGKILL)
        time.sleep(0.02)


def _has_children() -> bool:
    """Return whether this process has a child, which may have exited already. True if the system does not say."""
    if sys.platform == "win32":
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | WALL)
    except ChildProcessError:
        return False
    except OSError:
        return True
    return True


def _wait_until_none_left(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _living_descendants():
            return True
        time.sleep(0.02)
    return False


def _signal_descendants(signal_number: signal.Signals) -> None:
    import psutil

    for process in _living_descendants():
        # The process may have exited, or now belong to another user; its PID may have been reused. psutil refuses some
        # PIDs with a ValueError. The other processes must be signalled anyway.
        with contextlib.suppress(psutil.Error, ValueError, OSError):
            process.send_signal(signal_number)


def _living_descendants() -> list[psutil.Process]:
    processes = _processes()
    return [processes[pid] for pid in find_descendants(os.getpid(), _table(processes.values()))]


def find_descendants(me: int, table: list[Row]) -> list[int]:
    """Return the PIDs of the living descendants of `me` and of the members of the group that `me` leads, without `me`.

    A group with another leader is ignored: it contains unrelated processes, such as the
    other members of a shell's pipeline.
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
    """Return all visible processes by PID, except PID 0 of macOS.

    PID 0 is its own parent, and for `getpgid` 0 means the calling process: PID 0 and all its descendants would seem to
    be in our group.
    """
    import psutil

    return {process.pid: process for process in psutil.process_iter(["ppid", "status"]) if process.pid != 0}


def _table(processes: Iterable[psutil.Process]) -> list[Row]:
    import psutil

    rows = []
    for process in processes:
        # The process may have exited meanwhile.
        with contextlib.suppress(ProcessLookupError):
            zombie = process.info["status"] == psutil.STATUS_ZOMBIE
            rows.append(Row(process.pid, process.info["ppid"], os.getpgid(process.pid), zombie))
    return rows


def _reap_orphans() -> None:
    """Reap orphaned descendants, for which no other code waits.

    The code that started a child waits for it, and if its status were taken away, a failure
    would look like success. So only zombies that were already there in the previous round
    are reaped.
    """
    dead: set[int] = set()
    while True:
        time.sleep(REAP_SECONDS)
        me = os.getpid()
        zombies = {row.pid for row in _table(_processes().values()) if row.parent == me and row.zombie}
        for pid in zombies & dead:
            # The code that started it may have waited for it since.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, WNOHANG)
        dead = zombies - dead
