"""Copies the user's database and the page's storage before another version uses them.

If the database cannot be copied, it is not opened.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from ..files import is_full
from ..upstream import cachibot_version
from . import backup, page_storage, version_record
from .database import has_content
from .folder import write_failure
from .version_record import Record

FOLDER = "backups"
MAX_COPIES = 3
REPORT_SECONDS = 2.0
"""Interval in which a long copy logs its progress, so that the shell does not take it for a hang."""

WAIT_SECONDS = 10.0
"""Time limit for waiting for a database that another program has locked."""

_NAME = re.compile(r"cachibot-[0-9A-Za-z.+-]+-(\d{8}T\d{6}Z)\.db")
_UNFINISHED = re.compile(rf"{_NAME.pattern}\.part({'|'.join(backup.SIDE_FILES)})?")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")


def back_up_if_version_changed(
    database: Path | None,
    data: Path,
    app: str | None,
    on_copy_step: Callable[[int], None] = lambda _steps: None,
    profile: Path | None = None,
) -> None:
    """Copy the database if another version of cachibot or `app` used the folder last.

    The page's storage in the app's `profile` is copied with it. `on_copy_step` gets a growing number
    during the copy. `MAX_COPIES` copies are kept: the first since a server was ready, because a failed
    start may have changed the database before later copies, and the newest others. Failed starts keep
    only their newest copy, so that they do not displace the copy that the app made before the update
    and may restore.

    Raises:
        KnownFailure: the database could not be copied.
    """
    last = version_record.read(data)
    if last.cachibot == cachibot_version() and app in (last.app, None):
        return
    if database is None:
        _log("Another version used this data last. It is on a database server, so CachiBot doesn't back it up.")
        return
    if not has_content(database):
        return
    folder = data / FOLDER
    name = f"cachibot-{_versions(last)}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    _log(f"Another version used the database last: copying it to {folder / name} first.")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _remove_unfinished(folder)
        if profile is not None:
            _copy_page(profile, page_storage.beside(folder / name))
        backup.create(database, folder / name, _Progress(on_copy_step), WAIT_SECONDS)
        first = last.backup if last.backup and (folder / last.backup).exists() else name
        version_record.write(data, replace(last, backup=first))
    except OSError as problem:
        raise _no_copy(write_failure(folder, problem)) from None
    except KnownFailure as failure:
        raise _no_copy(failure) from None
    _remove_superseded(folder, first, name)
    _keep_newest(folder, first)


def _copy_page(profile: Path, destination: Path) -> None:
    """Copy the page's storage. The new version may open the database without it, because it changes no chat there."""
    try:
        page_storage.copy(profile, destination)
    except OSError as problem:
        if is_full(problem):
            raise
        _log(f"The page's storage in {profile} couldn't be copied: {problem}.")


def _versions(last: Record) -> str:
    parts = [text for text in (last.cachibot, last.app and f"app-{last.app}") if text and _VERSION.fullmatch(text)]
    return "-".join(parts) or "unknown"


def _no_copy(failure: KnownFailure) -> KnownFailure:
    if failure.code is ExitCode.DATABASE_DAMAGED:
        return failure
    return KnownFailure(
        failure.code,
        f"The database wasn't opened, because it couldn't be backed up first. {failure.line}",
        failure.facts,
    )


def _remove_unfinished(folder: Path) -> None:
    """Remove interrupted copies: an empty file and a .part file each. No copy is in progress: we have the lock."""
    for file in folder.iterdir():
        if _UNFINISHED.fullmatch(file.name) or (_NAME.fullmatch(file.name) and not has_content(file)):
            file.unlink()
    for file in folder.glob("cachibot-*.page*"):
        if not file.with_suffix(".db").exists():
            shutil.rmtree(file, ignore_errors=True)


def _remove_superseded(folder: Path, first: str, newest: str) -> None:
    """Remove the copies that failed starts of the same upgrade made, except the newest."""
    copies = _stamps(folder)
    since = copies.get(first, copies[newest])
    versions = newest.rpartition("-")[0]
    for name, stamp in copies.items():
        if name.rpartition("-")[0] == versions and since < stamp < copies[newest]:
            _remove(folder / name)


def _keep_newest(folder: Path, first: str) -> None:
    copies = _stamps(folder)
    newest_last = sorted(copies, key=lambda name: (name == first, copies[name]))
    for name in newest_last[:-MAX_COPIES]:
        _remove(folder / name)


def _stamps(folder: Path) -> dict[str, str]:
    """Return the timestamp of each copy, by file name."""
    return {file.name: found[1] for file in folder.iterdir() if (found := _NAME.fullmatch(file.name))}


def _remove(copy: Path) -> None:
    # A copy that cannot be removed does no harm.
    with contextlib.suppress(OSError):
        copy.unlink()
        shutil.rmtree(page_storage.beside(copy), ignore_errors=True)


class _Progress:
    """Counts the steps of the copy, and logs its progress every `REPORT_SECONDS`."""

    def __init__(self, on_copy_step: Callable[[int], None]) -> None:
        self._on_copy_step = on_copy_step
        self._steps = 0
        self._reported_at = time.monotonic()

    def __call__(self, left: int, total: int) -> None:
        self._steps += 1
        self._on_copy_step(self._steps)
        now = time.monotonic()
        if now - self._reported_at > REPORT_SECONDS:
            self._reported_at = now
            done = f"{100 * (total - left) // total} %" if total else "counting rows"
            _log(f"Copying the database: {done}.")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
