"""Locates the database, checks its integrity, and checks that this version may open it.

At startup only quick checks run before cachibot is imported, so that a damaged file is
refused within a fraction of a second. `--check-data` runs all checks. No function here
changes the data in the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tomllib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ..exit_codes import ExitCode, KnownFailure
from ..files import read_small_file, what_instead_of_file
from ..upstream import cachibot_version, parse_version
from . import version_record, write_ahead_log
from .database_failures import damaged, known_failure, newer
from .folder import require_link_target

QUICK_CHECK_BYTES = 16 * 1024 * 1024
"""Up to this size a complete check takes less time than a user notices."""

NAME = "cachibot.db"

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
"""Without virtual tables, which cannot be read if their module is not loaded."""

Schema = Mapping[str, frozenset[str]]
"""Names of columns by name of table."""


def locate(home: Path, workspace: Path) -> Path | None:
    """Return the database file, or None if cachibot's settings name a database server.

    The order is cachibot's: environment, workspace, home, default. Links are resolved, because SQLite keeps the
    write-ahead log beside the real file.
    """
    url = os.environ.get("CACHIBOT_DATABASE_URL") or os.environ.get("DATABASE_URL")
    for settings in settings_files(home, workspace):
        url = url or _url_in(settings)
    if not url:
        return _without_links(home / ".cachibot" / NAME)
    scheme, _, path = url.partition(":///")
    # SQLAlchemy reads the text after a question mark as options.
    return _without_links(Path(path.partition("?")[0])) if scheme.startswith("sqlite") else None


def settings_files(home: Path, workspace: Path) -> tuple[Path, Path]:
    """Return cachibot's settings files, the one that counts more first."""
    return workspace / "cachibot.toml", home / ".cachibot.toml"


def require_file(database: Path | None, data: Path) -> None:
    """Check that nothing else is in the place of the database. A link that leads nowhere is one to a missing disk.

    Raises:
        KnownFailure: DATABASE_DAMAGED or HOME_NOT_WRITABLE.
    """
    if database is None:
        return
    if database == _without_links(data / NAME):
        require_link_target(data / NAME, "database", "start with an empty database")
    what = what_instead_of_file(database)
    if what is not None:
        raise damaged(database, f"it is {what}")


def check(database: Path | None, data: Path) -> str:
    """Run all checks, and return a message for the user.

    Raises:
        KnownFailure: DATABASE_DAMAGED, DATABASE_NEWER, or the reason why the database cannot be read.
    """
    if database is None:
        return "The data is on a database server, which has its own checks."
    require_file(database, data)
    if not has_content(database):
        return f"There is no database at {database} yet."
    check_integrity(database, complete=True)
    check_version(database, data)
    return f"The database {database} is OK."


def check_integrity(database: Path | None, *, complete: bool = False) -> None:
    """Check for damage. A database larger than `QUICK_CHECK_BYTES` is read completely only if `complete` is set.

    Raises:
        KnownFailure: DATABASE_DAMAGED, or the reason why the database cannot be read.
    """
    if database is None or not has_content(database):
        return
    try:
        with closing(open_read_only(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if complete or database.stat().st_size <= QUICK_CHECK_BYTES:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise damaged(database, verdict)
    except (sqlite3.Error, OSError) as problem:
        raise known_failure(problem, database) or problem from None


def prepare(database: Path | None, last: write_ahead_log.Files | None) -> Path | None:
    """Move a write-ahead log aside that does not belong to the database, then check the database's integrity.

    The caller must have the lock on the data. `last` identifies the files that a server had
    when it was last ready. Returns the new path of the log, or None if it was not moved.

    Raises:
        KnownFailure: as `check_integrity`, or the log cannot be moved.
    """
    moved = write_ahead_log.move_stray(database, last)
    try:
        check_integrity(database)
    except KnownFailure as failure:
        # A log of this database never damages it. So if the database is intact without the log, the log is stray.
        if failure.code is not ExitCode.DATABASE_DAMAGED or database is None or not _is_intact_without_log(database):
            raise
        moved = write_ahead_log.move(database, "the database is intact only without it")
        if moved is None:
            raise
    return moved


def _is_intact_without_log(database: Path) -> bool:
    if not has_content(database.with_name(database.name + write_ahead_log.LOG)):
        return False
    try:
        with closing(_open_immutable(database)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def check_version(database: Path | None, data: Path, app: str | None = None) -> None:
    """Refuse a database that a newer version of cachibot or `app` has changed. Imports cachibot's models.

    A database is newer if the record in `data` has a newer version and another schema, or if a
    known table has an unknown column: up to 0.3.0 no column was ever removed. A database of
    version 1, which cachibot itself recognises, is older in any case.

    Raises:
        KnownFailure: DATABASE_NEWER.
    """
    if database is None or not has_content(database):
        return
    with closing(open_read_only(database)) as connection:
        found = schema_of(connection)
    known = known_schema()
    last = version_record.read(data)
    if last.schema != fingerprint(known):
        if parse_version(last.cachibot) > parse_version(cachibot_version()):
            raise newer(database, f"cachibot {last.cachibot}")
        if app is not None and parse_version(last.app) > parse_version(app):
            raise newer(database, f"version {last.app} of the CachiBot app")
    is_version_1 = "users" in found and "groups" not in found
    unknown = sorted(
        f"{table}.{column}" for table in known.keys() & found.keys() for column in found[table] - known[table]
    )
    if unknown and not is_version_1:
        raise newer(database, f"a newer cachibot, which added {unknown[0]}")


def open_read_only(database: Path, wait_seconds: float = 2.0) -> sqlite3.Connection:
    """Open without changing a byte. A query waits `wait_seconds` for another program's lock.

    SQLite creates its side files even for a reader. If there is no write-ahead log and no
    other program has the database open, `immutable` prevents that, and works in a read-only
    folder. A log that contradicts the header, such as one beside a restored backup, is ignored.
    """
    log, index = (database.with_name(database.name + end) for end in ("-wal", "-shm"))
    has_log = not write_ahead_log.contradicts_header(database) and (
        has_content(log) or (log.exists() and index.exists())
    )
    if not has_log:
        return _open_immutable(database)
    return _open_with_log(database, wait_seconds)


def open_beside_server(database: Path) -> sqlite3.Connection:
    """Open to read in the process of the server, which may have the database open. Waits 0.2 s for a lock.

    On POSIX, closing any other handle of the file releases the locks that SQLite holds for it, and another program
    could then delete the log. So only SQLite opens the file while it has a log.
    """
    if all(database.with_name(database.name + end).exists() for end in ("-wal", "-shm")):
        return _open_with_log(database, wait_seconds=0.2)
    return open_read_only(database, wait_seconds=0.2)


def _open_with_log(database: Path, wait_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(f"{_uri(database)}?mode=ro", uri=True, timeout=wait_seconds)


def _open_immutable(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{_uri(database)}?mode=ro&immutable=1", uri=True)


def _uri(database: Path) -> str:
    return f"file:{quote(os.fsencode(database))}"  # its path may have bytes that are not UTF-8


def checkpoint(database: Path | None) -> None:
    """Write the log back into the database if cachibot's own shutdown did not do it. Ignores errors."""
    if database is None or not has_content(database):
        return
    # After an error the changes are safe in the log, and are written back at the next start.
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=0.5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def schema_of(connection: sqlite3.Connection) -> Schema:
    """Return the tables and columns of an open database, without virtual tables."""
    tables = [name for (name,) in connection.execute(_TABLES)]
    return {
        table: frozenset(name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))
        for table in tables
    }


def known_schema() -> Schema:
    """Return the tables and columns that the installed cachibot knows."""
    import cachibot.storage.models  # noqa: F401 - importing them fills the metadata
    from cachibot.storage.db import Base

    return {table.name: frozenset(column.name for column in table.columns) for table in Base.metadata.sorted_tables}


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of rows of each table. Reads all tables.

    Raises:
        sqlite3.Error: a table cannot be read.
    """
    tables = [name.replace('"', '""') for (name,) in connection.execute(_TABLES)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def fingerprint(schema: Schema) -> str:
    """Return a SHA-256 hash of the names in a schema."""
    names = json.dumps({table: sorted(columns) for table, columns in schema.items()}, sort_keys=True)
    return hashlib.sha256(names.encode()).hexdigest()


def has_content(file: Path) -> bool:
    """Return whether the file exists and is not empty. For SQLite an empty file is a new database."""
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def _without_links(file: Path) -> Path:
    # `Path.resolve` raises for a link to itself; SQLite will report that with the name of the file.
    return Path(os.path.realpath(file))


def _url_in(settings: Path) -> str | None:
    try:
        url = tomllib.loads(read_small_file(settings)).get("database", {}).get("url")
    except (OSError, ValueError, AttributeError):
        return None  # cachibot, too, ignores a file that it cannot read
    return url if isinstance(url, str) else None
