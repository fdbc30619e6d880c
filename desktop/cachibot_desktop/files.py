"""Writes files atomically, restricts them to their owner, and quarantines damaged ones."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path


def is_full(problem: OSError) -> bool:
    """Return whether an error means that the disk, or the user's share of it, is full."""
    return problem.errno in (errno.ENOSPC, errno.EDQUOT)


def restrict_to_owner(file: Path) -> None:
    """Set the file's mode to 0o600, if the file exists. Does nothing on Windows."""
    if sys.platform != "win32" and file.exists():
        file.chmod(0o600)


def write_atomically(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the content of `file`. A crash or a full disk leaves the old content, never half of the new one.

    Raises:
        OSError: `file` cannot be written; it is unchanged.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if sys.platform != "win32":
            new.chmod(mode)
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def quarantine(file: Path, reason: str = "damaged") -> Path:
    """Rename `file` to NAME.REASON-NUMBER in its folder, and return the new path."""
    number = 1
    while (quarantined := file.with_name(f"{file.name}.{reason}-{number}")).exists():
        number += 1
    file.rename(quarantined)
    return quarantined
