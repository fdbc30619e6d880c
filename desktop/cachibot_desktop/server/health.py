"""Problems of the machine while the server runs, reported by its health."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

FRESH_SECONDS = 5.0
"""An answer is given again for so long: the shell asks more often than disks fill."""

PROBE_BYTES = 256 * 1024
BUSY_SECONDS = 0.2


class Problems:
    """Looks at the data folder, at most once in `FRESH_SECONDS`."""

    def __init__(self, data: Path, database: Path | None) -> None:
        self._data = data
        self._database = database
        self._known: list[str] = []
        self._looked_at = -FRESH_SECONDS

    async def now(self) -> list[str]:
        """Return the names of the present problems; empty when all is well."""
        if time.monotonic() - self._looked_at >= FRESH_SECONDS:
            self._looked_at = time.monotonic()
            self._known = await asyncio.to_thread(find_problems, self._data, self._database)
        return self._known


def find_problems(data: Path, database: Path | None) -> list[str]:
    """Try what cachibot needs: room on the disk and a database that can be written."""
    return [
        name for name, found in (("disk-full", _disk_is_full(data)), ("db-readonly", _is_read_only(database))) if found
    ]


def _disk_is_full(data: Path) -> bool:
    """Free space as the system reports it says nothing about quotas; writing does."""
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
        # Busy means that somebody else is writing, so it can be written.
        return getattr(problem, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return False
