"""Keeps one session from rolling back the changes of another.

cachibot opens one SQLite connection (`StaticPool`) for all its sessions. A session that only
read ends with a ROLLBACK, which undoes everything that another session has written on the
same connection and not yet committed. Because the UI sends several requests at once, a sent
message is lost, or fails with "FOREIGN KEY constraint failed" because a row that it refers
to is lost.

Here each session has its own connection, which is SQLAlchemy's default for SQLite files.
Writers wait for each other instead of failing.
"""

from __future__ import annotations

from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

WAIT_SECONDS = 30.0
"""Time that a writer waits for another before SQLite reports "database is locked"."""


def apply(_launch: LaunchOptions) -> None:
    """Remove the pool from cachibot's options when it opens a SQLite file."""
    from cachibot.storage import db
    from sqlalchemy.engine import make_url
    from sqlalchemy.pool import StaticPool

    create = db.create_async_engine

    def create_engine(url: str, **options: Any) -> Any:
        # A database in memory exists only in its connection, so it needs the shared one.
        if options.get("poolclass") is StaticPool and make_url(url).database not in (None, "", ":memory:"):
            del options["poolclass"]
            options["connect_args"] = {**options.get("connect_args", {}), "timeout": WAIT_SECONDS}
        return create(url, **options)

    # cachibot's module does not export the name, but its functions look it up there.
    vars(db)["create_async_engine"] = create_engine


PATCH = Patch(
    name="shared connection",
    flaw="a sent message is lost if a request that runs at the same time rolls it back",
    versions="0.2.60-0.3.0",
    apply=apply,
)
