"""Detects the user's own `cachibot server` on the same data. That server is never stopped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import exists, read_small_file
from ..process.process_info import Identity, identify, server_in

if TYPE_CHECKING:
    import psutil

PID_FILE = "server.pid"


def find_running(data: Path) -> Identity | None:
    """Return the stock server that uses the folder `data`, or None.

    The PID file alone proves nothing: it remains after a crash, its PID may have been
    reused, and another server that exits removes it. So the process is checked: its user,
    its command line, and that it started before the file was written or has the database
    open.
    """
    return _find_by_pid_file(data) or next(_find_by_open_database((data / "cachibot.db").resolve()), None)


def _find_by_pid_file(data: Path) -> Identity | None:
    file = data / PID_FILE
    try:
        pid = json.loads(read_small_file(file))["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(pid, int) or pid <= 0:
        return None
    writer = identify(pid)
    return _server_of(writer) if writer is not None and writer.may_have_written(file) else None


def _server_of(process: Identity | None) -> Identity | None:
    """Return the server that `process` is, or is a worker of: with `--reload` a child of the server uses the data."""
    if process is None or process.pid == os.getpid():
        return None
    if server_in(process.args) is not None:
        return process
    parent = identify(process.parent)
    return parent if parent is not None and parent.pid != os.getpid() and server_in(parent.args) is not None else None


def _find_by_open_database(database: Path) -> Iterator[Identity]:
    """Yield the servers that have the database open. Yields none on Windows."""
    # SQLite keeps this file beside a database that is open.
    if not exists(database.with_name(database.name + "-shm")):
        return
    # Windows has to be queried about each handle of a process, and some of these queries never return.
    if sys.platform == "win32":
        return
    import psutil  # imported only when needed: most launches do not need it

    for process in psutil.process_iter():
        server = _server_of(identify(process.pid))
        if server is not None and _has_open(process, str(database)):
            yield server


def _has_open(process: psutil.Process, file: str) -> bool:
    import psutil

    try:
        if sys.platform == "linux":
            # psutil checks each open file: it blocks at a file on a dead network disk, and if one file is not
            # accessible, it returns none of them.
            return any(_target(handle.path) == file for handle in os.scandir(f"/proc/{process.pid}/fd"))
        return any(opened.path == file for opened in process.open_files())
    except (psutil.Error, OSError):
        return False  # the process has exited, or is not accessible


def _target(link: str) -> str | None:
    try:
        return os.readlink(link)  # noqa: PTH115 - called for thousands of files
    except OSError:
        return None  # the file has been closed
