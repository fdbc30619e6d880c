"""Supports a home folder with a question mark in its path.

cachibot puts the path of its default database into a URL without quoting, and SQLAlchemy
reads the text after the first question mark as options: with the home `/srv/who?/x` the
database is the file `/srv/who`, outside the home and readable by every user. Here the
default path is passed as a path. A URL in the user's settings keeps its options.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

DRIVER = "sqlite+aiosqlite"


def apply(_launch: LaunchOptions) -> None:
    """Replace the URL of the default database where cachibot opens it."""
    from cachibot.storage import db
    from sqlalchemy.engine import URL

    create = db.create_async_engine

    def create_engine(url: str, **options: Any) -> Any:
        path = str(Path.home() / ".cachibot" / "cachibot.db")
        is_default = url == f"{DRIVER}:///{path}"
        return create(URL.create(DRIVER, database=path) if is_default else url, **options)

    # cachibot's module does not export the name, but its functions look it up there.
    vars(db)["create_async_engine"] = create_engine


PATCH = Patch(
    name="question mark",
    flaw="if the path of the home has a question mark, the database is outside the home, readable by every user",
    versions="0.3.0",
    apply=apply,
)
