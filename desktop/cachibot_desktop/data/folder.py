"""Prepares the data folder: writable for the server, inaccessible to other users of the computer."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from ..files import clear_place, is_full, quarantine, restrict_to_owner

FILE_SUFFIXES = (".json", ".key", ".lock", ".pid", ".secret")
"""Suffixes of the files in the data folder that are not the database's."""


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
        clear_places(data)
        for name in ("cachibot.db", "cachibot.db-wal", "cachibot.db-shm", "master.key"):
            restrict_to_owner(data / name)
    except OSError as problem:
        raise write_failure(data, problem) from None


def clear_places(data: Path) -> None:
    """Rename the pipes in the folder, and whatever else is in the place of a file or of the logs. Log each.

    The database stays: without it, the next start would have none of the user's data.

    Raises:
        OSError: something cannot be renamed.
    """
    for path in sorted(data.iterdir()):
        if path.suffix in FILE_SUFFIXES or (path.is_fifo() and path.suffix != ".db"):
            clear_place(path)
    logs = data / "logs"
    if logs.is_file():
        print(f"{logs}: It is not a folder. It was renamed to {quarantine(logs).name}.", file=sys.stderr, flush=True)


def clear_settings(files: Iterable[Path], workspace: Path) -> None:
    """Rename what is in the place of cachibot's settings files, which cachibot would wait for. Log each.

    A folder `.env` in the workspace stays: it may be a virtual environment.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE.
    """
    env = workspace / ".env"
    for file in (*files, *([env] if env.is_fifo() else [])):
        try:
            clear_place(file)
        except OSError as problem:
            raise write_failure(file.parent, problem) from None


def require_link_target(data: Path) -> None:
    """Check that the folder is not a link that leads nowhere, as it does when another disk is not connected.

    Raises:
        KnownFailure: HOME_NOT_WRITABLE.
    """
    if not data.is_symlink() or data.exists():
        return
    raise KnownFailure(
        ExitCode.HOME_NOT_WRITABLE,
        f"CachiBot can't write to its data folder: {data} is a link to {data.readlink()}, which doesn't exist. If that"
        " is on another disk, connect the disk; otherwise remove the link. Then start again.",
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
