"""Restores a backup in three steps, of which only the second changes anything, and takes milliseconds.

`prepare` reads the whole backup, checks it, and makes a backup of what is there now. `finish` swaps old and new, checks
what is in place, and undoes everything if that is not what the backup contains. A restore that is killed is finished or
discarded by the next start, or by the next restore.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..data import backup_before_upgrade, database
from ..data.folder import write_failure
from ..data.restore import finish_interrupted
from ..exit_codes import ExitCode, KnownFailure
from ..files import rename
from ..launch_options import RESTORE_JOURNAL
from . import create, journal, staging
from .journal import Journal, Unit
from .places import Places

MAX_UNDO = 3
_UNDO = "before-restore-"
SUFFIX = ".cachibot-backup"


def prepare(
    places: Places, file: Path, password: str | None = None, app: str | None = None, current_shell: Path | None = None
) -> None:
    """Stage the backup `file`, check it, and back up what is there now. Changes nothing.

    The caller must have the lock on the data. Interrupted restores are finished first, so the database is located
    only then. `app` is the version of the app; `current_shell` a copy of the
    app's profile, if the app runs.

    Raises:
        KnownFailure: the backup is newer, damaged or encrypted, or cannot be staged.
    """
    finish(places.data)
    # That may have changed the settings that name the database.
    places = replace(places, database=database.locate(places.home, places.workspace))
    finish_interrupted(places.database)
    units: list[Unit] = []
    try:
        journal.write(places.data, Journal(journal.STAGED, str(file)))
        staged = staging.extract(places, file, password)
        staging.check(staged, places.data, app)
        undo, attached = _back_up_first(replace(places, shell=current_shell or places.shell), file)
        plan = staging.plan(staged, places, attached)
        units = plan.units
        ready = Journal(journal.SWAPPING, str(file), str(undo), staged.location, staged.rows, units, plan.files)
        journal.write(places.data, replace(ready, phase=journal.STAGED))
        staging.copy_to_other_disks(staged, plan.copies)
        journal.write(places.data, ready)
    except BaseException as problem:
        with contextlib.suppress(OSError):  # a disk that is read-only now: the next start discards what was staged
            journal.end(places.data, units)
        if isinstance(problem, OSError):
            raise write_failure(places.data, problem) from None
        raise


def finish(data: Path) -> str | None:
    """Finish a prepared or interrupted restore. Return a message for the user, or None if there was none.

    The caller must have the lock on the data.

    Raises:
        KnownFailure: the restored files are not what the backup contains, and the restore was undone; or a file
            cannot be moved, and the next call continues.
    """
    try:
        found = journal.read(data)
    except ValueError:
        # It is written atomically, so the disk has lost it. Nothing says what was moved, so nothing is deleted.
        damaged = data / f"{RESTORE_JOURNAL}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        rename(data / RESTORE_JOURNAL, damaged)
        return None
    if found is None:
        return None
    try:
        if found.phase == journal.STAGED:
            journal.end(data, found.units)
            return None
        if found.phase == journal.SWAPPING:
            journal.swap(found.units)
            found = replace(found, phase=journal.RESTORED if _find_wrong(found) is None else journal.UNDOING)
            journal.write(data, found)
        if found.phase == journal.RESTORED:
            # Not checked again: a server of another program may have changed the data since.
            journal.end(data, found.units)
            undo = "" if found.undo is None else f" To undo that, restore {found.undo}."
            return f"Restored {found.backup}.{undo}"
        journal.undo(found.units)
        # The data that was put back looks like the restored data once the latter is removed, and would be removed, too.
        journal.write(data, replace(found, phase=journal.STAGED))
        journal.end(data, found.units)
    except OSError as problem:
        raise write_failure(data, problem) from None
    before = "" if found.undo is None else f" A backup of that is in {found.undo}."
    raise KnownFailure(
        ExitCode.BACKUP_UNUSABLE,
        f"The backup {found.backup} was not restored, because a restored file could not be read back correctly."
        f" Everything is as it was before.{before}",
    )


def require_finished(data: Path) -> None:
    """Check that no files of a restore are still to be moved: while the page is open, its storage must stay.

    Raises:
        KnownFailure: RESTORE_PENDING.
    """
    with contextlib.suppress(OSError, ValueError):  # `finish` handles a journal that cannot be read
        found = journal.read(data)
        if found is not None and found.phase in (journal.SWAPPING, journal.UNDOING):
            raise KnownFailure(
                ExitCode.RESTORE_PENDING,
                f"A backup isn't fully restored yet ({found.backup}). Quit CachiBot and start it again to finish that.",
            )


def _find_wrong(found: Journal) -> str | None:
    """Return the first restored file that is not what the backup contains."""
    for path, size, sha256 in found.files:
        try:
            with Path(path).open("rb") as file:
                if os.fstat(file.fileno()).st_size != size or hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    return path
        except OSError:
            return path
    if found.database is not None and found.rows is not None and not _has_rows(Path(found.database), found.rows):
        return found.database
    return None


def _has_rows(file: Path, rows: dict[str, int]) -> bool:
    try:
        with closing(database.open_read_only(file)) as connection:
            return database.count_rows(connection) == rows
    except sqlite3.Error:
        return False


def _back_up_first(places: Places, restored: Path) -> tuple[Path, frozenset[str]]:
    """Back up what is there now. Return the file, and the names of the attached files in it."""
    folder = places.data / backup_before_upgrade.FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for killed in folder.glob(f"{_UNDO}*.part*"):
        killed.unlink(missing_ok=True)
    file = folder / f"{_UNDO}{datetime.now(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"
    number = 1
    while os.path.lexists(file):
        number += 1
        file = file.with_name(f"{_UNDO}{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{number}{SUFFIX}")
    saved = create.create_archive(places, file, damaged_too=True)
    copies = sorted(folder.glob(f"{_UNDO}*{SUFFIX}"), key=lambda copy: copy.stat().st_mtime)
    for copy in copies[:-MAX_UNDO]:
        with contextlib.suppress(OSError):
            if not copy.samefile(restored):
                copy.unlink()
    return file, saved.attached
