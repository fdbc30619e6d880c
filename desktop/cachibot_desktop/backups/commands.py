"""The commands of the server that make and restore backups. A restore holds the lock on the data."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import IO

from ..data import database, folder
from ..data.lock import DataLock
from ..data.restore import finish_interrupted, is_interrupted
from ..exit_codes import ExitCode, KnownFailure
from ..launch_options import data_folder
from . import create, journal, restore
from .places import Places

MAX_PASSWORD_BYTES = 4096


def run(options: argparse.Namespace, home: Path, workspace: Path, app: str | None, stdin: IO[bytes]) -> str:
    """Run the command that `options` names, and return a message for the user.

    Raises:
        KnownFailure: it failed, and changed nothing.
    """
    password = _read_password(stdin) if options.password_stdin else None
    folder.require_link_target(data_folder(home))
    data = Path(os.path.realpath(data_folder(home)))

    def places(profile: Path | None) -> Places:
        return Places(home, workspace, database.locate(home, workspace), profile)

    if options.back_up_all is not None:
        if journal.exists(data):
            _lock(data)
            _require_finished(data, options)
            restore.finish(data)
        found = places(options.profile_copy or options.profile)
        if is_interrupted(found.database):
            _lock(data)
            finish_interrupted(found.database)
        database.require_file(found.database, data)
        return create.create(found, options.back_up_all, password)
    _lock(data)
    if options.finish_restore:
        return restore.finish(data) or "There was nothing to finish."
    _require_finished(data, options)
    file = options.restore or options.prepare_restore
    restore.prepare(places(options.profile), file.absolute(), password, app, options.profile_copy)
    if options.prepare_restore:
        return f"{file} is ready to be restored."
    return restore.finish(data) or ""


def finish_at_start(data: Path, *, started_by_app: bool) -> None:
    """Finish an interrupted restore before a server opens the data; log the result.

    The app finishes restores before it opens the page. If another server used the data then, it has to relaunch.

    Raises:
        KnownFailure: RESTORE_PENDING, or a file cannot be moved.
    """
    if started_by_app:
        restore.require_finished(data)
    try:
        message = restore.finish(data)
    except KnownFailure as failure:
        if failure.code is not ExitCode.BACKUP_UNUSABLE:
            raise
        message = failure.line  # everything is as it was, and can be used
    if message is not None:
        print(message, file=sys.stderr, flush=True)


def _require_finished(data: Path, options: argparse.Namespace) -> None:
    # A copy of the profile has the page's storage from before the restore, and the page may be open.
    if options.profile_copy is not None:
        restore.require_finished(data)


_held: list[DataLock] = []


def _lock(data: Path) -> None:
    folder.prepare(data)
    if not _held:
        _held.append(DataLock(data))  # held until the process exits
    folder.clear_places(data)


def _read_password(stdin: IO[bytes]) -> str:
    line = stdin.readline(MAX_PASSWORD_BYTES + 2).rstrip(b"\r\n")
    try:
        text = line.decode("utf-8")
    except ValueError:
        text = ""
    if not text or len(line) > MAX_PASSWORD_BYTES:
        raise KnownFailure(ExitCode.USAGE, "The first line on stdin must be the password of the backup.")
    return text
