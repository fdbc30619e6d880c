"""Detects a full disk and a read-only database while the server runs. GET /api/health reports them.

An idle server writes nothing to find out: free space and permissions that the system reports decide. Only with little
free space, or after a failed write of the application, the disk is written to, because the system's answer includes
neither quotas nor reserved blocks. To open a SQLite database dirties its shared memory, which is a file.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from ..files import is_full

CACHE_SECONDS = 5.0
"""Time for which a result is reused: the shell polls the health more often than a disk fills up."""

PROBE_BYTES = 256 * 1024
"""Space without which the disk counts as full, and size of the file that is written to find out."""

BUSY_SECONDS = 0.2

FAILED_WRITES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
"""SQLite's primary result codes for a write that the system refused."""


class Problems:
    """Checks the data folder, at most once in `CACHE_SECONDS`."""

    def __init__(self, data: Path, database: Path | None) -> None:
        self._data = data
        self._database = database
        self._last: list[str] = []
        self._checked_at = -CACHE_SECONDS
        self._write_failed = False

    async def current(self) -> list[str]:
        """Return the names of the current problems, as in docs/contract.md."""
        if time.monotonic() - self._checked_at >= CACHE_SECONDS:
            self._checked_at = time.monotonic()
            failed, self._write_failed = self._write_failed, False
            self._last = await asyncio.to_thread(find_problems, self._data, self._database, failed)
            self._write_failed = self._write_failed or self._last != []
        return self._last

    def note_failed_write(self) -> None:
        """Write to the disk at each check from now on, until that succeeds."""
        self._write_failed = True


def watch_failed_writes(on_failure: Callable[[], None]) -> None:
    """Call `on_failure` whenever the system refuses a write of SQLAlchemy's to a SQLite database."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def check(context: Any) -> None:
        if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF in FAILED_WRITES:
            on_failure()

    event.listen(Engine, "handle_error", check)


def find_problems(data: Path, database: Path | None, write_failed: bool = False) -> list[str]:
    """Return "disk-full" if the disk is full, "db-readonly" if the database cannot be written, or both."""
    full = _disk_is_full(data, write_failed)
    read_only = database is not None and database.exists() and _is_read_only(database, write_failed)
    return [name for name, found in (("disk-full", full), ("db-readonly", read_only)) if found]


def _disk_is_full(data: Path, write_failed: bool) -> bool:
    try:
        if not write_failed and shutil.disk_usage(data).free >= PROBE_BYTES:
            return False
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as problem:
        return is_full(problem)
    return False


def _is_read_only(database: Path, write_failed: bool) -> bool:
    side_files = (database.with_name(database.name + suffix) for suffix in ("-wal", "-shm"))
    written = (database.parent, database, *(file for file in side_files if file.exists()))
    if not all(os.access(path, os.W_OK) for path in written):
        return True
    if not write_failed:
        return False
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as problem:
        # SQLITE_BUSY means that another connection is writing, so the database is writable.
        return getattr(problem, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return False
