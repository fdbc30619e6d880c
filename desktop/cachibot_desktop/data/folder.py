"""The data folder: ours alone while we run, closed to other users, and of a known version."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
from pathlib import Path

from ..exit_codes import Exit, Foreseen
from ..process.process_info import Identity, identify, server_in
from . import stock_server

LOCK = "desktop.lock"


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
    """Say why the folder cannot be written, as the failure a person can act on."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Foreseen(Exit.DISK_FULL, f"The disk is full: free some space on the disk of {data} and start again.")
    return Foreseen(
        Exit.HOME_NOT_WRITABLE,
        f"The folder {data} cannot be written ({problem.strerror}): make it writable for your user and start again.",
    )


def close_to_others(file: Path) -> None:
    """Take the file's rights from everybody but its owner, if it exists."""
    if sys.platform != "win32" and file.exists():
        file.chmod(0o600)


class DataLock:
    """Held for as long as the process lives; the system lets go of it however we end."""

    def __init__(self, data: Path) -> None:
        """Take the folder for ourselves.

        Raises:
            Foreseen: DATA_IN_USE, naming who has it.
        """
        try:
            # Not inherited by children: a tool left running must not keep the folder locked.
            self._handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise cannot_write(data, problem) from None
        if not _lock(self._handle):
            raise _in_use(data, "app", _holder(data / LOCK))
        _write_holder(self._handle)
        stock = stock_server.running(data)
        if stock is not None:
            os.close(self._handle)
            raise _in_use(data, server_in(stock.words) or "stock", stock)


_KINDS = {"app": "the CachiBot app", "stock": "`cachibot server`"}


def _in_use(data: Path, kind: str, holder: Identity | None) -> Foreseen:
    who = _KINDS[kind]
    if holder is not None:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(holder.started))
        who += f" (process {holder.pid}, since {began})"
    facts = {
        "kind": kind,
        "pid": None if holder is None else holder.pid,
        "since": None if holder is None else round(holder.started),
    }
    return Foreseen(
        Exit.DATA_IN_USE,
        f"The data folder {data} is in use by {who}: stop that server and start again.",
        {"holder": facts},
    )


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # A byte far behind the text: Windows forbids others to read what is locked.
            os.lseek(handle, 1 << 20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_holder(handle: int) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())


def _holder(lock: Path) -> Identity | None:
    """Who wrote the number into the lock. For a moment it may still be that of the one before, or anybody's by now."""
    try:
        holder = identify(int(lock.read_text()))
    except (OSError, ValueError):
        return None
    return holder if holder is not None and server_in(holder.words) == "app" and holder.may_have_written(lock) else None


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


def set_aside(file: Path, reason: str = "damaged") -> Path:
    """Move a file out of the way without losing it; return where it is now. The reason becomes part of its name."""
    number = 1
    while (aside := file.with_name(f"{file.name}.{reason}-{number}")).exists():
        number += 1
    file.rename(aside)
    return aside
