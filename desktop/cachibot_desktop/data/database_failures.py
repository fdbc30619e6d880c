"""Recognises why the database cannot be used, and says it in words for the user."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from . import disk_locks
from .folder import write_failure


def known_failure(problem: BaseException, database: Path | None) -> KnownFailure | None:
    """Return the known failure that caused an exception, directly or through other exceptions; None if unknown."""
    for cause in _causes(problem):
        if isinstance(cause, KnownFailure):
            return cause
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            return write_failure(_place(cause, database), cause)
        if isinstance(cause, sqlite3.Error) and database is not None:
            known = _explain_sqlite(cause, database)
            if known is not None:
                return known
    return None


_LOCKS_REFUSED = {
    sqlite3.SQLITE_IOERR_LOCK,
    sqlite3.SQLITE_IOERR_RDLOCK,
    sqlite3.SQLITE_IOERR_UNLOCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
    sqlite3.SQLITE_IOERR_SHMLOCK,
}


def _explain_sqlite(problem: sqlite3.Error, database: Path) -> KnownFailure | None:
    code = getattr(problem, "sqlite_errorcode", None)
    if code in _LOCKS_REFUSED:
        return disk_locks.refused(database.parent, OSError(errno.ENOLCK, str(problem)))
    match None if code is None else code & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(database, str(problem))
        case sqlite3.SQLITE_FULL:
            return write_failure(database.parent, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return write_failure(database.parent, OSError(errno.EACCES, str(problem)))
        case sqlite3.SQLITE_CANTOPEN:
            # SQLite also says so if a full disk has no room for a new file.
            return write_failure(database.parent, _refusal(database.parent) or OSError(errno.EACCES, str(problem)))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            # SQLite has one code for a lock that another program holds and for one that the disk refuses.
            try:
                disk_locks.check(database.parent)
            except KnownFailure as failure:
                return failure
            return in_use(database)
        case sqlite3.SQLITE_IOERR:
            # On a full disk SQLite reports this if the side files cannot grow, and on any other that refuses to write.
            return write_failure(database.parent, _refusal(database.parent) or OSError(errno.ENOSPC, str(problem)))
    return None


def _refusal(folder: Path) -> OSError | None:
    """Return why the disk refuses to write; None if there is room for a small file."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
    except OSError as problem:
        return problem
    return None


def _causes(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [problem]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        # SQLAlchemy keeps the driver's own exception in `orig`.
        waiting += [getattr(cause, "orig", None), cause.__cause__, cause.__context__]


def _place(problem: OSError, database: Path | None) -> Path:
    if isinstance(problem.filename, str):
        return Path(problem.filename)
    return Path.home() if database is None else database.parent


def damaged(database: Path, why: str) -> KnownFailure:
    """Return the failure for a database whose content is damaged."""
    return KnownFailure(
        ExitCode.DATABASE_DAMAGED,
        f"The database is damaged: {database} ({why}). CachiBot hasn't changed it. Replace it with a backup, or move"
        " it away to start with an empty database. Then start again.",
    )


def in_use(database: Path) -> KnownFailure:
    """Return the failure for a database that is locked by a program that is not a CachiBot server."""
    return KnownFailure(
        ExitCode.DATA_IN_USE,
        f"Another program is using the database {database}: close that program, then start again.",
    )


def newer(database: Path, by: str) -> KnownFailure:
    """Return the failure for a database that a newer program has used."""
    return KnownFailure(
        ExitCode.DATABASE_NEWER,
        f"Your data was last used by a newer version of CachiBot ({by}): {database}. To protect it, this version won't"
        " open it. Install the latest version of CachiBot, or replace the database with an older backup.",
    )
