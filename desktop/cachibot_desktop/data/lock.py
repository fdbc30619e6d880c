"""The lock on the data folder: one server at a time works on the data."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ..exit_codes import Exit, Foreseen
from ..process.process_info import Identity, identify, server_in
from . import stock_server
from .folder import cannot_write

LOCK = "desktop.lock"


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
        who += f" (PID {holder.pid}, since {began})"
    facts = {
        "kind": kind,
        "pid": None if holder is None else holder.pid,
        "since": None if holder is None else round(holder.started),
    }
    return Foreseen(
        Exit.DATA_IN_USE,
        f"CachiBot is already running: {who} is using the data in {data}. Quit it first, then start again.",
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
    """The process named in the lock. The PID may be stale (the previous owner's), or reused by another process."""
    try:
        holder = identify(int(lock.read_text()))
    except (OSError, ValueError):
        return None
    return holder if holder is not None and server_in(holder.words) == "app" and holder.may_have_written(lock) else None
