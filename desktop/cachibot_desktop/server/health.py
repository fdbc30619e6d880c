"""Detects a full disk and a read-only database while the server runs. GET /api/health reports them."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

CACHE_SECONDS = 5.0
"""Time for which a result is reused: the shell polls the health more often than a disk fills up."""

PROBE_BYTES = 256 * 1024
BUSY_SECONDS = 0.2


class Problems:
    """Checks the data folder, at most once in `CACHE_SECONDS`."""

    def __init__(self, data: Path, database: Path | None) -> None:
        self._data = data
        self._database = database
        self._last: list[str] = []
        self._checked_at = -CACHE_SECONDS

    async def current(self) -> list[str]:
        """Return the names of the current problems, as in docs/contract.md."""
        if time.monotonic() - self._checked_at >= CACHE_SECONDS:
            self._checked_at = time.monotonic()
            self._last = await asyncio.to_thread(find_problems, self._data, self._database)
        return self._last


def find_problems(data: Path, database: Path | None) -> list[str]:
    """Return "disk-full" if the disk is full, "db-readonly" if the database cannot be written, or both."""
    return [
        name for name, found in (("disk-full", _disk_is_full(data)), ("db-readonly", _is_read_only(database))) if found
    ]


def _disk_is_full(data: Path) -> bool:
    """Write a file to find out: the free space that the system reports ignores quotas."""
    try:
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as problem:
        return problem.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


def _is_read_only(database: Path | None) -> bool:
    if database is None or not database.exists():
        return False
    if not os.access(database.parent, os.W_OK) or not os.access(database, os.W_OK):
        return True
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as problem:
        # SQLITE_BUSY means that another connection is writing, so the database is writable.
        return getattr(problem, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return False
