"""Locates the database, checks that it is sound, and that this version may open it.

At a start only what is quick is asked before cachibot is imported, so that a damaged
file is refused within a fraction of a second. `--check-data` asks everything. Nothing
here changes what is in the database.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ..exit_codes import Exit, Foreseen
from ..upstream import as_numbers, cachibot_version
from . import version_record, write_ahead_log
from .folder import cannot_write

QUICK_BYTES = 16 * 1024 * 1024
"""Up to this size a whole check takes less time than a user notices."""

Schema = Mapping[str, frozenset[str]]
"""Names of columns by name of table."""


def locate(home: Path, workspace: Path) -> Path | None:
    """Return the database file, or None when cachibot's own settings name a database server.

    The order is cachibot's: environment, workspace, home, default. A link is followed here, once for all callers:
    SQLite keeps the write-ahead log beside the file itself, not beside the link.
    """
    url = os.environ.get("CACHIBOT_DATABASE_URL") or os.environ.get("DATABASE_URL")
    for settings in (workspace / "cachibot.toml", home / ".cachibot.toml"):
        url = url or _url_in(settings)
    if not url:
        return _without_links(home / ".cachibot" / "cachibot.db")
    scheme, _, path = url.partition(":///")
    # SQLAlchemy takes what follows a question mark for options.
    return _without_links(Path(path.partition("?")[0])) if scheme.startswith("sqlite") else None


def check(database: Path | None, data: Path) -> str:
    """Check everything; return a line for users.

    Raises:
        Foreseen: DATABASE_DAMAGED, DATABASE_NEWER, or why it cannot be read.
    """
    if database is None:
        return "The data is in a database server, which has its own checks."
    if not has_content(database):
        return f"There is no database at {database} yet."
    check_soundness(database, whole=True)
    check_version(database, data)
    return f"The database {database} is sound."


def check_soundness(database: Path | None, *, whole: bool = False) -> None:
    """Refuse a database that is plainly damaged; a big one is read as a whole only on demand.

    Raises:
        Foreseen: DATABASE_DAMAGED, or why it cannot be read.
    """
    if database is None or not has_content(database):
        return
    try:
        with closing(open_read_only(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if whole or database.stat().st_size <= QUICK_BYTES:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise _damaged(database, verdict)
    except (sqlite3.Error, OSError) as problem:
        raise explain(problem, database) or problem from None


def settle(database: Path | None, last: write_ahead_log.Files | None) -> Path | None:
    """Move a write-ahead log aside that does not belong to the database, then check the database as at a start.

    Nobody else may have it open. Returns where the log is now, None if it belongs there. `last` names the files
    with which a server was last ready.

    Raises:
        Foreseen: as `check_soundness`, or the log cannot be moved.
    """
    moved = write_ahead_log.move_stray(database, last)
    try:
        check_soundness(database)
    except Foreseen as failure:
        # A log that belongs to a database makes it sound: it never harms one that is sound without it.
        if failure.code is not Exit.DATABASE_DAMAGED or database is None or not _is_sound_without_log(database):
            raise
        moved = write_ahead_log.move(database, "the database is sound only without it")
        if moved is None:
            raise
    return moved


def _is_sound_without_log(database: Path) -> bool:
    if not has_content(database.with_name(database.name + write_ahead_log.LOG)):
        return False
    try:
        with closing(_open_immutable(database)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def check_version(database: Path | None, data: Path, app: str | None = None) -> None:
    """Refuse a database that a newer cachibot or `app` has made its own. Imports cachibot's models.

    It is newer when the record of the folder `data` says so and names another schema, or when a table
    we know has a column we don't: up to 0.3.0 none was ever removed. A database of
    version 1, which cachibot itself recognises, is older than all that.

    Raises:
        Foreseen: DATABASE_NEWER.
    """
    if database is None or not has_content(database):
        return
    with closing(open_read_only(database)) as connection:
        found = schema_of(connection)
    known = known_schema()
    last = version_record.read(data)
    if last.schema != fingerprint(known):
        if as_numbers(last.cachibot) > as_numbers(cachibot_version()):
            raise _newer(database, f"cachibot {last.cachibot}")
        if app is not None and as_numbers(last.app) > as_numbers(app):
            raise _newer(database, f"version {last.app} of the CachiBot app")
    is_version_1 = "users" in found and "groups" not in found
    unknown = sorted(
        f"{table}.{column}" for table in known.keys() & found.keys() for column in found[table] - known[table]
    )
    if unknown and not is_version_1:
        raise _newer(database, f"a newer cachibot, which added {unknown[0]}")


def open_read_only(database: Path, wait_seconds: float = 2.0) -> sqlite3.Connection:
    """Open without changing a byte. A query waits `wait_seconds` for another program's lock.

    SQLite makes its side files even for a reader. Where there is no write-ahead log to
    read, and nobody who may begin one, `immutable` spares that, and works in a folder
    that cannot be written. A log beside a backup is left out, too.
    """
    log, index = (database.with_name(database.name + end) for end in ("-wal", "-shm"))
    in_use = not write_ahead_log.contradicts_header(database) and (
        has_content(log) or (log.exists() and index.exists())
    )
    if not in_use:
        return _open_immutable(database)
    return sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=wait_seconds)


def _open_immutable(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(database))}?mode=ro&immutable=1", uri=True)


def checkpoint(database: Path | None) -> None:
    """Move the write-ahead log into the database, if nobody is in the way; cachibot's own shutdown did not."""
    if database is None or not has_content(database):
        return
    # A page that cannot be moved now is safe in the log, and is moved at the next start.
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=0.5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def schema_of(connection: sqlite3.Connection) -> Schema:
    """Return the tables and columns that are there."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: frozenset(name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))
        for table in tables
    }


def known_schema() -> Schema:
    """Return the tables and columns of the cachibot that is installed here."""
    import cachibot.storage.models  # noqa: F401 - importing them fills the metadata
    from cachibot.storage.db import Base

    return {table.name: frozenset(column.name for column in table.columns) for table in Base.metadata.sorted_tables}


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table holds. Reads all tables.

    Raises:
        sqlite3.Error: one of them cannot be read.
    """
    found = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    tables = [name.replace('"', '""') for (name,) in connection.execute(found)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def fingerprint(schema: Schema) -> str:
    """Return a hash of the names in a schema."""
    names = json.dumps({table: sorted(columns) for table, columns in schema.items()}, sort_keys=True)
    return hashlib.sha256(names.encode()).hexdigest()


def has_content(file: Path) -> bool:
    """Return whether there is a file with something in it; an empty one is a new database to SQLite."""
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def explain(problem: BaseException, database: Path | None) -> Foreseen | None:
    """Return the known failure behind an exception, however it is wrapped; None when it is none of them."""
    for cause in _causes(problem):
        if isinstance(cause, Foreseen):
            return cause
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            return cannot_write(_place(cause, database), cause)
        if isinstance(cause, sqlite3.Error) and database is not None:
            known = _explain_sqlite(cause, database)
            if known is not None:
                return known
    return None


def _explain_sqlite(problem: sqlite3.Error, database: Path) -> Foreseen | None:
    code = getattr(problem, "sqlite_errorcode", None)
    match None if code is None else code & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(database, str(problem))
        case sqlite3.SQLITE_FULL:
            return cannot_write(database.parent, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return cannot_write(database.parent, OSError(errno.EACCES, str(problem)))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return in_use(database)
        case sqlite3.SQLITE_IOERR:
            # A full disk shows as this too, when the side files cannot grow.
            return cannot_write(database.parent, OSError(errno.ENOSPC, str(problem)))
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


def _without_links(file: Path) -> Path:
    # Not `Path.resolve`: it raises for a link that leads back to itself, which SQLite will report with the file's name.
    return Path(os.path.realpath(file))


def _url_in(settings: Path) -> str | None:
    try:
        url = tomllib.loads(settings.read_text(encoding="utf-8")).get("database", {}).get("url")
    except (OSError, ValueError, AttributeError):
        return None  # cachibot passes over a file it cannot read, too
    return url if isinstance(url, str) else None


def _damaged(database: Path, why: str) -> Foreseen:
    return Foreseen(
        Exit.DATABASE_DAMAGED,
        f"The database is damaged: {database} ({why}). CachiBot hasn't changed it. Replace it with a backup, or move"
        " it away to start with an empty database. Then start again.",
    )


def in_use(database: Path) -> Foreseen:
    """Say that a program that is no server of cachibot keeps the database to itself."""
    return Foreseen(
        Exit.DATA_IN_USE, f"Another program is using the database {database}: close that program, then start again."
    )


def _newer(database: Path, by: str) -> Foreseen:
    return Foreseen(
        Exit.DATABASE_NEWER,
        f"Your data was last used by a newer version of CachiBot ({by}): {database}. To protect it, this version won't"
        " open it. Install the latest version of CachiBot, or replace the database with an older backup.",
    )
