"""Files that are written as a whole, closed to other users, or moved out of the way without loss."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def close_to_others(file: Path) -> None:
    """Take the file's rights from everybody but its owner, if it exists."""
    if sys.platform != "win32" and file.exists():
        file.chmod(0o600)


def write_atomically(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace `file` as a whole: a crash or a full disk leaves the old one, never half of the new one.

    Raises:
        OSError: it cannot be written; the old file is untouched.
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
    """Move a file out of the way without losing it; return where it is now. The reason becomes part of its name."""
    number = 1
    while (aside := file.with_name(f"{file.name}.{reason}-{number}")).exists():
        number += 1
    file.rename(aside)
    return aside
