"""Writes files atomically and durably, restricts them to their owner, and quarantines damaged ones."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RETRY_SECONDS = 1.0
"""Longest time for which a rename is tried again on Windows."""

PAUSE_SECONDS = 0.02

PIPE_SECONDS = 1.0
"""Time limit for the first bytes from a pipe, and again for the rest."""

MAX_PIPE_BYTES = 1 << 20


def is_full(problem: OSError) -> bool:
    """Return whether an error means that the disk, or the user's share of it, is full."""
    return problem.errno in (errno.ENOSPC, errno.EDQUOT)


def exists(path: Path) -> bool:
    """Return whether a file or folder can be looked at. Unlike `Path.exists`, False if its disk reports an error."""
    try:
        path.stat()
    except OSError:
        return False
    return True


_reported: set[int] = set()
"""Disks without permissions that the log names already."""


def restrict_to_owner(path: Path, mode: int = 0o600) -> None:
    """Set the mode of a file, or of a folder with 0o700, if it exists. Does nothing on Windows.

    Some disks have no permissions, and the mode of a file of another owner cannot be changed. The first time, the log
    says so for each disk.
    """
    if sys.platform == "win32" or not exists(path):
        return
    reason = "the disk keeps no permissions"
    try:
        if path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)
    except OSError as problem:
        reason = problem.strerror or str(problem)
    report_if_open(path, reason)


def report_if_open(path: Path, reason: str) -> None:
    """Log that other users of the computer may read a file or folder, if they may, once for each disk."""
    found = path.stat()
    if sys.platform == "win32" or not found.st_mode & 0o077 or found.st_dev in _reported:
        return
    _reported.add(found.st_dev)
    print(f"Other users may be able to read {path}: {reason}.", file=sys.stderr, flush=True)


def write_atomically(file: Path, text: str) -> None:
    """Replace the content of `file`. A crash or a full disk leaves the old content, never half of the new one.

    The new file is restricted to its owner, whatever the umask.

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
        replace_file(new, file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def rename(old: Path, new: Path) -> None:
    """Rename a file or a folder, as `Path.rename`. On Windows, try for a second while another program uses it.

    Antivirus programs and indexers open a new file for a moment; Windows then refuses to rename or replace it.

    Raises:
        OSError: as `Path.rename`.
    """
    _retry_while_in_use(lambda: old.rename(new))


def replace_file(old: Path, new: Path) -> None:
    """Rename a file or a folder, as `Path.replace`, and in the same way as `rename`.

    Raises:
        OSError: as `Path.replace`.
    """
    _retry_while_in_use(lambda: old.replace(new))


def _retry_while_in_use(move: Callable[[], object]) -> None:
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            move()
            return
        except OSError as problem:
            in_use = problem.errno in (errno.EPERM, errno.EACCES, errno.EBUSY)
            if sys.platform != "win32" or not in_use or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can do it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def quarantine(file: Path, reason: str = "damaged") -> Path:
    """Rename `file` to NAME.REASON-NUMBER in its folder, and return the new path."""
    number = 1
    while (quarantined := file.with_name(f"{file.name}.{reason}-{number}")).exists():
        number += 1
    rename(file, quarantined)
    return quarantined


def what_instead_of_file(path: Path, *, follow_links: bool = True) -> str | None:
    """Return what is in the place of a file, such as "a pipe"; None for a file, a link to one, or if nothing is there.

    Reading a pipe waits for a program that writes to it, and there may be none. A link that leads nowhere counts as
    nothing: an interrupted restore may have moved its target. Without `follow_links` every link counts as a file, and
    its disk, which may not respond, is not asked.
    """
    try:
        mode = path.stat(follow_symlinks=follow_links).st_mode
    except OSError:
        return None
    if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
        return None
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "not a file"


def is_pipe(path: Path) -> bool:
    """Return whether a path is a pipe, or a link to one. On Windows, folders have no pipes."""
    return what_instead_of_file(path) == "a pipe"


def clear_place(path: Path, *, follow_links: bool = False) -> None:
    """Rename what is in the place of a file, and log it. A link stays, unless `follow_links` is set.

    Raises:
        OSError: it cannot be renamed.
    """
    what = what_instead_of_file(path, follow_links=follow_links)
    if what is not None:
        print(f"{path}: It is {what}. It was renamed to {quarantine(path).name}.", file=sys.stderr, flush=True)


def read_small_file(file: Path) -> str:
    """Return the text of a file, without waiting for a pipe.

    Raises:
        OSError: it cannot be read, or is not a file.
        ValueError: it is not UTF-8.
    """
    what = what_instead_of_file(file)
    if what is not None:
        raise OSError(errno.EINVAL, f"It is {what}", str(file))
    return file.read_text(encoding="utf-8")


def read_pipe(pipe: Path) -> bytes:
    """Return what another program writes to a pipe; empty if none writes within `PIPE_SECONDS`.

    Raises:
        OSError: it cannot be read.
    """
    content = b""
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        deadline = time.monotonic() + PIPE_SECONDS
        while time.monotonic() < deadline and len(content) < MAX_PIPE_BYTES:
            try:
                chunk = os.read(handle, MAX_PIPE_BYTES)
            except BlockingIOError:
                chunk = None  # a program has it open, and has not written yet
            if chunk:
                if not content:
                    deadline = time.monotonic() + PIPE_SECONDS
                content += chunk
            elif content and chunk is not None:
                break  # the program has closed it
            else:
                time.sleep(PAUSE_SECONDS)
    finally:
        os.close(handle)
    return content
