"""A time in the database stays the moment that it is.

SQLite has no type for times. SQLAlchemy writes the clock of a time without its zone, and reads it as a time without
one. CachiBot compares what it reads with UTC, so a time of another zone is wrong by the hours between the two; and the
page, which gets times without a zone, takes them for local ones. Here times are written in UTC and read as such, as on
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

Process = Callable[[Any], Any]


def apply(_launch: LaunchOptions) -> None:
    """Change how SQLAlchemy binds and reads the times of SQLite."""
    from sqlalchemy.dialects.sqlite.base import DATETIME

    bind, read = DATETIME.bind_processor, DATETIME.result_processor

    def bind_processor(self: Any, dialect: Any) -> Process:
        process: Process = bind(self, dialect)
        return lambda value: process(_without_zone(value))

    def result_processor(self: Any, dialect: Any, kind: Any) -> Process:
        process: Process | None = read(self, dialect, kind)

        def aware(value: Any) -> Any:
            time = value if process is None else process(value)
            return time.replace(tzinfo=UTC) if self.timezone and isinstance(time, datetime) else time

        return aware

    DATETIME.bind_processor, DATETIME.result_processor = bind_processor, result_processor


def _without_zone(value: Any) -> Any:
    aware = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if aware else value


PATCH = Patch(
    name="UTC times",
    flaw="times of another zone than UTC are stored wrong, and the page shows UTC as the local time",
    versions="0.3.0",
    apply=apply,
)
