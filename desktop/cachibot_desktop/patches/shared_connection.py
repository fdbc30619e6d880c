"""Nothing that was saved is undone by somebody else.

cachibot opens one SQLite connection (`StaticPool`) for all its sessions. A session that only
read ends with a ROLLBACK, and that undoes whatever another session has written on the same
connection and not yet committed. With a UI that asks several things at once a message that
was sent is lost, or fails with "FOREIGN KEY constraint failed" because the row it needs is.

Here each session has a connection of its own, as SQLAlchemy does it for SQLite files unless
told otherwise. Writers wait for each other instead of failing.
"""

from __future__ import annotations

from typing import Any

from ..launch_options import Launch
from .patch import Patch

WAIT_S = 30.0
"""Time that a writer waits for another before SQLite reports "database is locked"."""


def apply(_launch: Launch) -> None:
    """Take the pool out of what cachibot asks for when it opens a SQLite file."""
    from cachibot.storage import db
    from sqlalchemy.engine import make_url
    from sqlalchemy.pool import StaticPool

    create = db.create_async_engine

    def create_engine(url: str, **options: Any) -> Any:
        # A database in memory lives in its connection, and so needs the one.
        if options.get("poolclass") is StaticPool and make_url(url).database not in (None, "", ":memory:"):
            del options["poolclass"]
            options["connect_args"] = {**options.get("connect_args", {}), "timeout": WAIT_S}
        return create(url, **options)

    # cachibot's module does not export the name; its functions look it up there all the same.
    vars(db)["create_async_engine"] = create_engine


PATCH = Patch(
    name="shared connection",
    flaw="a message that was sent is lost, undone by a request that ran beside it",
    versions="0.2.60-0.3.0",
    apply=apply,
)
