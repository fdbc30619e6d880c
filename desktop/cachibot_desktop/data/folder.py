"""The data folder: writable for us, and closed to other users of the machine."""

from __future__ import annotations

import errno
import sys
import tempfile
from pathlib import Path

from ..exit_codes import Exit, Foreseen
from ..files import close_to_others


def prepare(data: Path) -> None:
    """Make the folder if it is missing, and close it to other users of the machine.

    The folder's own mode guards all in it: database, write-ahead log, logs, keys. The
    process's umask stays as it is, because the agent's files in the workspace and those
    of its tools follow it.

    Raises:
        Foreseen: HOME_NOT_WRITABLE or DISK_FULL.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sys.platform != "win32":
            data.chmod(0o700)
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(bytes(4096))
            probe.flush()
        for name in ("cachibot.db", "cachibot.db-wal", "cachibot.db-shm", "master.key"):
            close_to_others(data / name)
    except OSError as problem:
        raise cannot_write(data, problem) from None


def cannot_write(data: Path, problem: OSError) -> Foreseen:
    """Say why the folder cannot be written, as the failure a user can act on."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Foreseen(Exit.DISK_FULL, f"The disk is full: free up space on the disk of {data}, then start again.")
    return Foreseen(
        Exit.HOME_NOT_WRITABLE,
        f"CachiBot can't write to its data folder: {data} ({problem.strerror}). Check that you're allowed to write to"
        " it, then start again.",
    )
