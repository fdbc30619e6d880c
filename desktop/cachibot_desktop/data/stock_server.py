"""Detects the user's own `cachibot server` on the same data. It is never touched."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..process.process_info import Identity, identify, server_in

if TYPE_CHECKING:
    import psutil

PID_FILE = "server.pid"


def running(data: Path) -> Identity | None:
    """Return the stock server that lives on `data`, or None.

    Its pid file alone proves nothing: it stays behind after a crash, the number may
    belong to any program by now, and the end of another server removes it. So the
    process itself decides: its owner, its command line, and that it began before the
    file was written or holds the database open.
    """
    return _named_in_its_file(data) or next(_holding_open((data / "cachibot.db").resolve()), None)


def _named_in_its_file(data: Path) -> Identity | None:
    file = data / PID_FILE
    try:
        pid = json.loads(file.read_text())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(pid, int) or pid <= 0:
        return None
    writer = identify(pid)
    return _server_of(writer) if writer is not None and writer.may_have_written(file) else None


def _server_of(process: Identity | None) -> Identity | None:
    """The server that the process is, or whose worker it is: with `--reload` the data is in a worker's hands."""
    if process is None or process.pid == os.getpid():
        return None
    if server_in(process.words) is not None:
        return process
    parent = identify(process.parent)
    return parent if parent is not None and parent.pid != os.getpid() and server_in(parent.words) is not None else None


def _holding_open(database: Path) -> Iterator[Identity]:
    """Name the servers that have the database open. Windows does not tell that.

    A database that is in use has this file beside it; without it there is nothing to look for.
    """
    if not database.with_name(database.name + "-shm").exists():
        return
    # There the system has to be asked about each handle of a process, and some of these questions never return.
    if sys.platform == "win32":
        return
    import psutil  # not as this file is loaded: most starts need none of it

    for process in psutil.process_iter():
        server = _server_of(identify(process.pid))
        if server is not None and _has_open(process, str(database)):
            yield server


def _has_open(process: psutil.Process, file: str) -> bool:
    import psutil

    try:
        if sys.platform == "linux":
            # psutil looks at every file that is open: it waits for one on a dead network disk, and gives up the others
            # for one that it may not look at.
            return any(_target(handle.path) == file for handle in os.scandir(f"/proc/{process.pid}/fd"))
        return any(opened.path == file for opened in process.open_files())
    except (psutil.Error, OSError):
        return False  # it is gone, or the system will not tell


def _target(link: str) -> str | None:
    try:
        return os.readlink(link)  # noqa: PTH115 - asked for thousands of them
    except OSError:
        return None  # closed meanwhile
