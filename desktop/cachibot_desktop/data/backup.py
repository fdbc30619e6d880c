"""Creates consistent copies of the database, even while a server writes to it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from ..files import replace_file, restrict_to_owner, sync_folder
from . import disk_locks
from .database import count_rows, open_read_only
from .database_failures import known_failure
from .folder import write_failure

Progress = Callable[[int, int], None]
"""Called with the number of pages left and their total; with two zeros while rows are counted. Must not raise."""

SIDE_FILES = ("-journal", "-wal", "-shm")
"""Suffixes of the files that SQLite creates beside a database."""

PAGES = 1024
"""Number of pages (of 4 kB) that are copied in one step."""

STEPS = 1_000_000
"""While rows are counted, `progress` is called once for this many instructions of SQLite's virtual machine."""

WAIT_SECONDS = 2.0
"""Time limit for waiting for a database that another program has locked."""


def create(
    database: Path | None,
    destination: Path,
    progress: Progress | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> str:
    """Copy the database to the new file `destination`, and return a message for the user.

    A plain copy of the file would lack the content of the write-ahead log, which is nearly
    everything while a server runs. Everything is read in one transaction, so other writers
    do not affect the copy, nor the row counts with which it is verified.

    Raises:
        KnownFailure: USAGE if `destination` exists, otherwise the code of the cause. No partial
            copy remains.
    """
    if database is None:
        return "The data is on a database server. Use the server's tools, such as pg_dump. Nothing was copied."
    if not database.exists():
        return f"There is no database at {database} yet. Nothing was copied."
    disk_locks.check(database.parent)  # otherwise SQLite waits for a lock that it never gets
    unfinished = destination.with_name(destination.name + ".part")
    try:
        # Create the file with restricted rights, and fail if it exists.
        os.close(os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise KnownFailure(ExitCode.USAGE, f"{destination} already exists: name a new file for the backup.") from None
    except OSError as problem:
        raise write_failure(destination.parent, problem) from None
    try:
        unfinished.touch(mode=0o600)
        _copy(database, unfinished, progress or (lambda _left, _total: None), wait_seconds)
        restrict_to_owner(unfinished)
        replace_file(unfinished, destination)
        sync_folder(destination.parent)
    except BaseException as problem:
        for file in (destination, unfinished, *(unfinished.with_name(unfinished.name + end) for end in SIDE_FILES)):
            file.unlink(missing_ok=True)
        failure = known_failure(problem, database)
        if failure is not None and failure.code is ExitCode.DISK_FULL:
            failure = write_failure(destination.parent, OSError(errno.ENOSPC, "full"))
        raise failure or problem from None
    return f"Copied {database} to {destination}."


def _copy(database: Path, unfinished: Path, progress: Progress, wait_seconds: float) -> None:
    with closing(open_read_only(database, wait_seconds)) as source:
        source.execute("BEGIN")
        with closing(sqlite3.connect(unfinished)) as copy:
            # A failed copy is removed, so it needs no journal, which would remain after a kill.
            copy.execute("PRAGMA journal_mode=OFF")
            expected = _count_rows(source, progress)
            source.backup(copy, pages=PAGES, progress=lambda _status, left, total: progress(left, total))
            # The copy inherits the WAL mode, but a backup must stay a single file.
            copy.execute("PRAGMA journal_mode=DELETE")
        with closing(open_read_only(unfinished)) as copy:
            found = _count_rows(copy, progress)
    if found != expected:
        table = next(name for name in expected if found.get(name) != expected[name])
        raise KnownFailure(
            ExitCode.UNEXPECTED,
            f"The copy of {database} is incomplete: the table {table} has {found.get(table, 0)} rows instead of"
            f" {expected[table]}. The copy was removed.",
        )


def _count_rows(connection: sqlite3.Connection, progress: Progress) -> dict[str, int]:
    connection.set_progress_handler(lambda: progress(0, 0), STEPS)
    try:
        return count_rows(connection)
    finally:
        connection.set_progress_handler(None, 0)
