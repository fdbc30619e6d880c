"""Recognises a disk that refuses locks, as some network disks do. Without locks two servers could damage the data."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure

_NOT_NAMED = 0

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK, _NOT_NAMED}
"""Errors of a lock that another process holds. On Windows, EDEADLK is a lock that was not free for ten seconds; wine
names no error."""


def take(handle: int) -> bool:
    """Lock an open file for this process, and return whether that was possible: False if another process holds it.

    Raises:
        OSError: the disk refuses locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            # Lock a byte far beyond the text: on Windows other processes cannot read a locked range.
            os.lseek(handle, 1 << 20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        if problem.errno in _HELD:
            return False
        raise
    return True


def check(folder: Path) -> None:
    """Check that the disk of a folder has the locks that SQLite needs. SQLite itself reports "database is locked".

    Raises:
        KnownFailure: LOCKS_REFUSED.
    """
    if sys.platform == "win32":
        return
    import fcntl

    with contextlib.ExitStack() as stack:
        try:
            probe = stack.enter_context(tempfile.TemporaryFile(dir=folder))
        except OSError:
            return  # the folder cannot be written, which is another failure
        try:
            fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise refused(folder, problem) from None


def refused(folder: Path, problem: OSError) -> KnownFailure:
    """Return the failure for the disk of a folder that refused a lock."""
    return KnownFailure(
        ExitCode.LOCKS_REFUSED,
        f"CachiBot can't lock its data on this disk: {_mount_point(folder)}, the disk of {folder}, refuses locks"
        f" ({problem.strerror}). If it's a network disk, mount it with locks, or move the folder to a disk of this"
        " computer. Then start again.",
    )


def _mount_point(folder: Path) -> Path:
    folder = Path(os.path.realpath(folder))
    return next((place for place in (folder, *folder.parents) if place.is_mount()), folder)
