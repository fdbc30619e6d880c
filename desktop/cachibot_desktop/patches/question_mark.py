"""A home folder with a question mark in its name holds the database, too.

cachibot writes the path of its default database into a URL as it is, and SQLAlchemy reads
what follows the first question mark as options: with the home `/srv/who?/x` the database
is the file `/srv/who`, outside the home and readable by every user. Here the default path
is passed as a path. A URL of the user's own settings keeps its options.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..launch_options import Launch
from .patch import Patch

DRIVER = "sqlite+aiosqlite"


def apply(_launch: Launch) -> None:
    """Replace the URL of the default database where cachibot opens it."""
    from cachibot.storage import db
    from sqlalchemy.engine import URL

    create = db.create_async_engine

    def create_engine(url: str, **options: Any) -> Any:
        path = str(Path.home() / ".cachibot" / "cachibot.db")
        is_default = url == f"{DRIVER}:///{path}"
        return create(URL.create(DRIVER, database=path) if is_default else url, **options)

    # cachibot's module does not export the name; its functions look it up there all the same.
    vars(db)["create_async_engine"] = create_engine


PATCH = Patch(
    name="question mark",
    flaw="with a question mark in the path of the home, the database lies elsewhere, open to every user",
    versions="0.3.0",
    apply=apply,
)
