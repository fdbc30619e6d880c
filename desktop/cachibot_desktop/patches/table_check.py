"""Compares the tables in the database with those that cachibot knows in one query.

At each start cachibot asks SQLite for each of its tables whether it exists, and asks again for each table and its
columns to add those that are missing. If none is missing, which one query tells, both do nothing.

The query reads tables only: SQLite cannot list the columns of a view whose table is gone, or of a virtual table whose
module is not loaded. If it fails all the same, cachibot does what it does without the patch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..data.database import known_schema
from ..launch_options import LaunchOptions
from .patch import Patch

_COLUMNS = (
    "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns"
    " WHERE tables.type = 'table' AND tables.sql NOT LIKE 'CREATE VIRTUAL%'"
)


def apply(_launch: LaunchOptions) -> None:
    """Skip the creation of tables and columns if a SQLite database has all of them."""
    from cachibot.storage import db

    metadata: Any = db.Base.metadata
    metadata.create_all = _unless_complete(metadata.create_all)
    db._reconcile_schema = _unless_complete(db._reconcile_schema)


def _unless_complete(create: Callable[..., None]) -> Callable[..., None]:
    def create_if_incomplete(connection: Any, *args: Any, **options: Any) -> None:
        if args or options or not _is_complete(connection):
            create(connection, *args, **options)

    return create_if_incomplete


def _is_complete(connection: Any) -> bool:
    if connection.dialect.name != "sqlite":
        return False
    from sqlalchemy.exc import SQLAlchemyError

    try:
        found = {(table, column) for table, column in connection.exec_driver_sql(_COLUMNS)}
    except SQLAlchemyError:
        return False
    return all((table, column) in found for table, columns in known_schema().items() for column in columns)


PATCH = Patch(
    name="table check",
    flaw="each start asks for each table and its columns, one after the other",
    versions="0.3.0",
    apply=apply,
)
