"""Prepares the data folder: writable for the server, inaccessible to other users of the computer."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from ..files import clear_place, exists, is_full, is_pipe, quarantine, restrict_to_owner, what_instead_of_file

LOCK = "desktop.lock"
KEY = "master.key"

REPLACEABLE = (
    "account.secret",
    "attachments.json",
    "desktop.json",
    "failed-documents.json",
    "login.secret",
    "reminders.json",
    "restore.json",
    "server.pid",
    "unfinished-answers.json",
    "work-folder.json",
)
"""Files in the data folder, beside the lock, that the server opens by name and creates again if they are missing."""


def prepare(data: Path) -> None:
    """Create the folder if it is missing, and restrict it to its owner.

    The mode of the folder protects everything in it: database, write-ahead log, logs, keys. A disk may refuse that,
    and the log says so; only a folder that cannot be written ends the start.
    The umask stays as it is, because it also applies to the files that the agent and its
    tools create in the workspace.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE or DISK_FULL.
    """
    require_link_target(data)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        restrict_to_owner(data, 0o700)
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(bytes(4096))
            probe.flush()
        clear_place(data / LOCK)
        for name in ("cachibot.db", "cachibot.db-wal", "cachibot.db-shm", KEY):
            restrict_to_owner(data / name)
    except OSError as problem:
        raise write_failure(data, problem) from None


def clear_places(data: Path) -> None:
    """Rename what is in the place of a file in `REPLACEABLE`, or of the logs. Log each. Links stay.

    The caller must have the lock on the data.

    Raises:
        KnownFailure: something cannot be renamed.
    """
    logs = data / "logs"
    try:
        for name in REPLACEABLE:
            clear_place(data / name)
        if os.path.lexists(logs) and stat.S_IFMT(logs.lstat().st_mode) not in (stat.S_IFDIR, stat.S_IFLNK):
            name = quarantine(logs).name
            print(f"{logs}: It is not a folder. It was renamed to {name}.", file=sys.stderr, flush=True)
    except OSError as problem:
        raise write_failure(data, problem) from None


def clear_settings(files: Iterable[Path]) -> None:
    """Rename what is in the place of cachibot's settings files, and log each.

    cachibot would wait for a pipe, also at the end of a link.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE.
    """
    for file in files:
        try:
            clear_place(file, follow_links=is_pipe(file))
        except OSError as problem:
            raise write_failure(file.parent, problem) from None


def require_key(data: Path) -> None:
    """Check that nothing else is in the place of the key: with a new one, no stored secret could be decrypted.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE.
    """
    key = data / KEY
    if os.environ.get("CACHIBOT_MASTER_KEY"):
        return
    require_link_target(key, "key for your stored secrets", "create a new key. Secrets stored so far are then lost")
    what = what_instead_of_file(key)
    if what is not None:
        raise KnownFailure(
            ExitCode.HOME_NOT_WRITABLE,
            f"The key for your stored secrets can't be read: {key} is {what}. CachiBot hasn't changed it. Replace it"
            " with the key from a backup, or remove it to create a new key. Secrets stored so far are then lost.",
        )


def require_link_target(path: Path, what: str = "data folder", then: str = "start with an empty folder") -> None:
    """Check that a path is not a link that leads nowhere, as it does when another disk is not connected.

    `what` names the path for the user, and `then` says what happens without the link.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE.
    """
    if not path.is_symlink() or exists(path):
        return
    raise KnownFailure(
        ExitCode.HOME_NOT_WRITABLE,
        f"The {what} {path} is a link to {path.readlink()}, which doesn't exist. Connect that disk, or remove the link"
        f" to {then}.",
    )


def make_private(folder: Path) -> None:
    """Create a folder of a library if it is missing, and restrict it to its owner. Log why that is not possible."""
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        restrict_to_owner(folder, 0o700)
    except OSError as problem:
        print(f"Other users may be able to read {folder}: {problem.strerror}.", file=sys.stderr, flush=True)


def write_failure(data: Path, problem: OSError) -> KnownFailure:
    """Return the known failure for an error while writing to the folder `data`."""
    if is_full(problem):
        return KnownFailure(
            ExitCode.DISK_FULL, f"The disk is full: free up space on the disk of {data}, then start again."
        )
    return KnownFailure(
        ExitCode.HOME_NOT_WRITABLE,
        f"CachiBot can't write to its data folder: {data} ({problem.strerror}). Check that you're allowed to write to"
        " it, then start again.",
    )
