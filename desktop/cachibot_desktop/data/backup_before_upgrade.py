"""Before another version opens the user's database, the database is copied. Without a copy it is not opened."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..exit_codes import Exit, Foreseen
from ..upstream import cachibot_version
from . import backup, version_record
from .database import has_content
from .folder import cannot_write
from .version_record import Record

FOLDER = "backups"
KEPT = 3
SAY_SECONDS = 2.0
"""Interval in which a long copy reports its progress: the shell takes silence for a hang."""

WAIT_SECONDS = 10.0
"""Longest time that another program may lock the database."""

_NAME = re.compile(r"cachibot-[0-9A-Za-z.+-]+-(\d{8}T\d{6}Z)\.db")
_UNFINISHED = re.compile(rf"{_NAME.pattern}\.part({'|'.join(backup.SIDE_FILES)})?")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")


def make_if_another_version(
    database: Path | None, data: Path, app: str | None, copied: Callable[[int], None] = lambda _pages: None
) -> None:
    """Copy the database when the folder was last used by other versions than cachibot's and `app`.

    `copied` is called again and again, with a number that grows. The newest `KEPT` copies stay,
    and among them the first one since a server was ready: what was copied after it may
    be what a failed start has left. However often starts fail, those are one copy: else
    they would push out the one that the app made before the update and promises to put back.

    Raises:
        Foreseen: there is no copy, and why.
    """
    last = version_record.read(data)
    if last.cachibot == cachibot_version() and app in (last.app, None):
        return
    if database is None:
        _say("Another version used this data last. It is in a database server, whose backups are its own business.")
        return
    if not has_content(database):
        return
    folder = data / FOLDER
    name = f"cachibot-{_versions(last)}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    _say(f"Another version used the database last: copying it to {folder / name} first.")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _remove_unfinished(folder)
        backup.make(database, folder / name, _Progress(copied), WAIT_SECONDS)
        first = last.backup if last.backup and (folder / last.backup).exists() else name
        version_record.write(data, replace(last, backup=first))
    except OSError as problem:
        raise _no_copy(cannot_write(folder, problem)) from None
    except Foreseen as failure:
        raise _no_copy(failure) from None
    _remove_superseded(folder, first, name)
    _keep_newest(folder, first)


def _versions(last: Record) -> str:
    parts = [text for text in (last.cachibot, last.app and f"app-{last.app}") if text and _VERSION.fullmatch(text)]
    return "-".join(parts) or "unknown"


def _no_copy(failure: Foreseen) -> Foreseen:
    if failure.code is Exit.DATABASE_DAMAGED:
        return failure
    return Foreseen(
        failure.code,
        f"The database wasn't opened, because it couldn't be backed up first. {failure.line}",
        failure.facts,
    )


def _remove_unfinished(folder: Path) -> None:
    """A copy that was cut off is empty, with a part of it beside it. Nobody makes one now: the folder is ours alone."""
    for file in folder.iterdir():
        if _UNFINISHED.fullmatch(file.name) or (_NAME.fullmatch(file.name) and not has_content(file)):
            file.unlink()


def _remove_superseded(folder: Path, first: str, newest: str) -> None:
    """Keep only the newest of the copies that failed starts of the same version made."""
    copies = _stamps(folder)
    since = copies.get(first, copies[newest])
    versions = newest.rpartition("-")[0]
    for name, stamp in copies.items():
        if name.rpartition("-")[0] == versions and since < stamp < copies[newest]:
            _remove(folder / name)


def _keep_newest(folder: Path, first: str) -> None:
    copies = _stamps(folder)
    newest_last = sorted(copies, key=lambda name: (name == first, copies[name]))
    for name in newest_last[:-KEPT]:
        _remove(folder / name)


def _stamps(folder: Path) -> dict[str, str]:
    """Return when each copy was made, by its name."""
    return {file.name: found[1] for file in folder.iterdir() if (found := _NAME.fullmatch(file.name))}


def _remove(copy: Path) -> None:
    # One copy too many does no harm.
    with contextlib.suppress(OSError):
        copy.unlink()


class _Progress:
    """Reports every now and then how far the copy is."""

    def __init__(self, copied: Callable[[int], None]) -> None:
        self._copied = copied
        self._steps = 0
        self._said_at = time.monotonic()

    def __call__(self, left: int, total: int) -> None:
        self._steps += 1
        self._copied(self._steps)
        now = time.monotonic()
        if now - self._said_at > SAY_SECONDS:
            self._said_at = now
            done = f"{100 * (total - left) // total} %" if total else "counting rows"
            _say(f"Copying the database: {done}.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
