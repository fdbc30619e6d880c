"""Everything the server started, directly or not: adopted, reaped, and ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36
TERM_SECONDS = 0.5
KILL_SECONDS = 1.0
REAP_SECONDS = 60.0
WITHOUT_WAITING: int = getattr(os, "WNOHANG", 0)  # Windows, which has no such call, never comes to use it


@dataclass(frozen=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    zombie: bool


def adopt() -> None:
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


def end_remains() -> None:
    """End every process below us or in our own group, never ourselves. Takes 1.5 s at most."""
    if sys.platform == "win32":
        return  # the job object does it when we are gone
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
    for pid in _remains():
        # Gone meanwhile, or it has become another user's: not ours to end.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sign)


def _remains() -> list[int]:
    return family_of(os.getpid(), process_table())


def family_of(me: int, table: list[Process]) -> list[int]:
    """Living processes below `me`, and those in the group that `me` leads; without `me`.

    A group led by somebody else holds processes that are none of our business, such as
    the other members of a shell's pipeline.
    """
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Process] = {}
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


def process_table() -> list[Process]:
    """All processes we can see; empty when the system does not tell."""
    if sys.platform == "linux":
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names are all we need
        return [process for pid in pids if (process := _read_proc(pid))]
    return _ask_ps()


def _read_proc(pid: int) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # The name may hold blanks and brackets: what follows the last bracket is safe to split.
            state, parent, group, *_ = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return Process(pid, int(parent), int(group), state == b"Z")


def _ask_ps() -> list[Process]:
    try:
        with subprocess.Popen(["/bin/ps", "-axo", "pid=,ppid=,pgid=,stat="], stdout=subprocess.PIPE) as ps:
            lines = ps.communicate(timeout=2)[0].decode().splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.split() for line in lines]
    return [
        Process(int(row[0]), int(row[1]), int(row[2]), row[3].startswith("Z"))
        for row in rows
        if len(row) == 4 and int(row[0]) != ps.pid
    ]


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
        zombies = {process.pid for process in process_table() if process.parent == me and process.zombie}
        for pid in zombies & dead:
            # No child of ours any more: its starter has waited for it after all.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, WITHOUT_WAITING)
        dead = zombies - dead
