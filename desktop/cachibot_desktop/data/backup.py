"""A copy of the database that is whole, even while a server writes to it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..exit_codes import Exit, Foreseen
from ..files import close_to_others
from .database import count_rows, explain, open_read_only
from .folder import cannot_write

Progress = Callable[[int, int], None]
"""Called with how many pages are left, and of how many; with two zeros while rows are counted. Must not raise."""

SIDE_FILES = ("-journal", "-wal", "-shm")
"""Suffixes of the files that SQLite puts beside a database."""

PAGES = 1024
"""Number of pages of 4 kB in one step of the copying."""

STEPS = 1_000_000
"""Number of steps of SQLite's virtual machine between two calls of `progress` while rows are counted."""

WAIT_SECONDS = 2.0
"""Longest time that another program may lock the database."""


def make(
    database: Path | None,
    destination: Path,
    progress: Progress | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> str:
    """Copy the database to the new file `destination`; return a line for users.

    A plain copy of the file would miss what is still in the write-ahead log, which while
    a server runs is nearly everything. All is read in one transaction, so the copy and the
    numbers of rows it is compared with are of the same moment, whoever writes meanwhile.

    Raises:
        Foreseen: BAD_CALL when `destination` exists, else why it cannot be done. No part
            of a copy is left behind.
    """
    if database is None:
        return "The data is in a database server: use its own tools, such as pg_dump. Nothing was copied."
    if not database.exists():
        return f"There is no database at {database} yet. Nothing was copied."
    unfinished = destination.with_name(destination.name + ".part")
    try:
        # Made by us, for us alone, and never in place of another file.
        os.close(os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Foreseen(Exit.BAD_CALL, f"{destination} already exists: name a new file for the backup.") from None
    except OSError as problem:
        raise cannot_write(destination.parent, problem) from None
    try:
        unfinished.touch(mode=0o600)
        _copy(database, unfinished, progress or (lambda _left, _total: None), wait_seconds)
        close_to_others(unfinished)
        unfinished.replace(destination)
    except BaseException as problem:
        for file in (destination, unfinished, *(unfinished.with_name(unfinished.name + end) for end in SIDE_FILES)):
            file.unlink(missing_ok=True)
        failure = explain(problem, database)
        if failure is not None and failure.code is Exit.DISK_FULL:
            failure = cannot_write(destination.parent, OSError(errno.ENOSPC, "full"))
        raise failure or problem from None
    return f"Copied {database} to {destination}."


def _copy(database: Path, unfinished: Path, progress: Progress, wait_seconds: float) -> None:
    with closing(open_read_only(database, wait_seconds)) as source:
        source.execute("BEGIN")
        with closing(sqlite3.connect(unfinished)) as copy:
            # A failed copy is removed as a whole: it needs no journal, which a kill would leave behind.
            copy.execute("PRAGMA journal_mode=OFF")
            expected = _count_rows(source, progress)
            source.backup(copy, pages=PAGES, progress=lambda _status, left, total: progress(left, total))
            # A copy inherits the log mode; a backup should be one file and stay so.
            copy.execute("PRAGMA journal_mode=DELETE")
        with closing(open_read_only(unfinished)) as copy:
            found = _count_rows(copy, progress)
    if found != expected:
        table = next(name for name in expected if found.get(name) != expected[name])
        raise Foreseen(
            Exit.UNEXPECTED,
            f"The copy of {database} is incomplete: the table {table} has {found.get(table, 0)} rows instead of"
            f" {expected[table]}. The copy was removed.",
        )


def _count_rows(connection: sqlite3.Connection, progress: Progress) -> dict[str, int]:
    connection.set_progress_handler(lambda: progress(0, 0), STEPS)
    try:
        return count_rows(connection)
    finally:
        connection.set_progress_handler(None, 0)
