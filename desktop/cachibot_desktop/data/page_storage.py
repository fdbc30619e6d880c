"""Copies the storage of CachiBot's page, in which its bots and chats are, beside a copy of the database."""

from __future__ import annotations

import errno
import shutil
import time
from pathlib import Path

from ..files import rename

PAGE_STORAGE = tuple(f"Partitions/cachibot/{name}" for name in ("Local Storage", "IndexedDB", "Session Storage"))
"""Folders in the app's profile."""

NOT_COPIED = frozenset({"LOCK", "LOG", "LOG.old"})
"""Files that belong to the process that has the storage open."""

ATTEMPTS = 20
RETRY_SECONDS = 0.1


def beside(copy: Path) -> Path:
    """Return the folder for the page's storage beside a copy of the database (as `desktop/backups/page-storage.ts`)."""
    return copy.with_suffix(".page")


def copy(profile: Path, destination: Path) -> bool:
    """Copy the storage to the new folder `destination`. Return False if the profile has no page storage.

    A page that was opened just before has written nothing yet: Chromium waits for seconds. If a file appears or
    disappears during the copy, it is made again, as in `desktop/backups/page-storage.ts`.

    Raises:
        OSError: a file cannot be read or written, or the files change all the time. No partial copy remains.
    """
    unfinished = destination.with_name(f"{destination.name}.part")
    try:
        for attempt in range(ATTEMPTS):
            try:
                before = _describe(profile)
                if not before:
                    return False
                _copy_once(profile, unfinished)
                if _describe(profile) == before:
                    rename(unfinished, destination)
                    return True
            except FileNotFoundError:
                pass
            if attempt + 1 < ATTEMPTS:
                time.sleep(RETRY_SECONDS)
        raise BlockingIOError(errno.EAGAIN, "The files change all the time", str(profile))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _copy_once(profile: Path, unfinished: Path) -> None:
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    for name in PAGE_STORAGE:
        for file in _files(profile / name):
            target = unfinished / file.relative_to(profile)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(file, target)


def _describe(profile: Path) -> list[tuple[str, int]]:
    """Return the files, and the sizes of the lists of tables: as long as these are equal, only logs have grown."""
    files = [file for name in PAGE_STORAGE for file in _files(profile / name)]
    return [(str(file), file.stat().st_size if file.name.startswith("MANIFEST-") else 0) for file in files]


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name not in NOT_COPIED)
