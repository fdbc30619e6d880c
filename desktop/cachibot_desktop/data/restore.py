"""Finishes a restore that was interrupted while the app did it (`desktop/updates/database-backup.ts`).

The app keeps the old database as NAME and renames a copy of the backup to NAME.instead. Then it moves the side files of
the database to NAME with their suffixes, and NAME.instead to the database. In between, the database may lack its
write-ahead log, and must not be opened.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..files import exists, replace_file
from .backup import SIDE_FILES
from .folder import write_failure

COPY_SUFFIX = ".instead"
"""Suffix of the copy that is to be restored. The rest of its name is the name of the kept old database."""


def is_interrupted(database: Path | None) -> bool:
    """Return whether a restore of the app was interrupted."""
    return database is not None and bool(_find_copies(database))


def finish_interrupted(database: Path | None) -> None:
    """Replace the database with the backup of an interrupted restore, if there is one.

    Raises:
        KnownFailure: a file cannot be moved.
    """
    if database is None:
        return
    for copy in _find_copies(database):
        old = copy.name.removesuffix(COPY_SUFFIX)
        try:
            for ending in SIDE_FILES:
                with contextlib.suppress(FileNotFoundError):
                    replace_file(database.with_name(database.name + ending), database.with_name(old + ending))
            replace_file(copy, database)
        except OSError as problem:
            raise write_failure(database.parent, problem) from None


def _find_copies(database: Path) -> list[Path]:
    if not exists(database.parent) or not database.parent.is_dir():
        return []
    prefix = f"{database.name}.before-"
    return [file for file in database.parent.iterdir() if file.name.startswith(prefix) and file.suffix == COPY_SUFFIX]
