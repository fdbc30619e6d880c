"""Finishes a restore that the app began (`desktop/updates/database-backup.ts`) and did not complete.

The app gives the copy its name first, then moves the files of the old database aside one by one. In between the old
database lacks its write-ahead log, and must not be opened.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from .backup import SIDE_FILES
from .folder import cannot_write

INSTEAD = ".instead"
"""Suffix of the copy. Without it, the name is the one that the old database is renamed to."""


def finish(database: Path | None) -> None:
    """Put the copy in the database's place that is named for it, if there is one.

    Raises:
        Foreseen: it cannot be moved.
    """
    if database is None:
        return
    for copy in _named_for(database):
        kept_as = copy.name.removesuffix(INSTEAD)
        try:
            for ending in SIDE_FILES:
                with contextlib.suppress(FileNotFoundError):
                    database.with_name(database.name + ending).replace(database.with_name(kept_as + ending))
            copy.replace(database)
        except OSError as problem:
            raise cannot_write(database.parent, problem) from None


def _named_for(database: Path) -> list[Path]:
    if not database.parent.is_dir():
        return []
    beginning = f"{database.name}.before-"
    return [file for file in database.parent.iterdir() if file.name.startswith(beginning) and file.suffix == INSTEAD]
