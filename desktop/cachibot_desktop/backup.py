"""A copy of the database that is whole, even while a server writes to it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .codes import Exit, Foreseen
from .data import cannot_write, close_to_others
from .database import explain, open_read_only

Progress = Callable[[int, int, int], None]
"""Told SQLite's status, how many pages are left, and of how many, after each step."""

SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite may put beside a database."""

PAGES = 1024
"""So many of 4 kB are copied in one step."""


def make(database: Path | None, destination: Path, progress: Progress | None = None) -> str:
    """Copy the database to the new file `destination`; return a line for people.

    A plain copy of the file would miss what is still in the write-ahead log, which while
    a server runs is nearly everything. With `progress` it is done in steps, and begins anew
    when somebody writes meanwhile; what it raises ends the copying.

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
        raise Foreseen(Exit.BAD_CALL, f"{destination} exists already: name a new file for the backup.") from None
    except OSError as problem:
        raise cannot_write(destination.parent, problem) from None
    try:
        unfinished.touch(mode=0o600)
        with closing(open_read_only(database)) as source, closing(sqlite3.connect(unfinished)) as copy:
            # What fails is thrown away as a whole: it needs no journal, which a kill would leave behind.
            copy.execute("PRAGMA journal_mode=OFF")
            source.backup(copy, pages=-1 if progress is None else PAGES, progress=progress)
            # A copy inherits the log mode; a backup should be one file and stay so.
            copy.execute("PRAGMA journal_mode=DELETE")
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
