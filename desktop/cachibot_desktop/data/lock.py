"""The lock on the data folder: only one server at a time may use the data."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ..exit_codes import ExitCode, KnownFailure
from ..files import read_small_file
from ..process.process_info import Identity, identify, server_in
from . import disk_locks, stock_server
from .folder import LOCK, write_failure


class DataLock:
    """A lock that is held until the process exits. The system releases it, even after a crash."""

    def __init__(self, data: Path) -> None:
        """Lock the folder `data`.

        Raises:
            KnownFailure: DATA_IN_USE, with the process that uses the data; LOCKS_REFUSED; or the disk is full or can't
                be written.
        """
        try:
            # Children do not inherit the handle: a tool that outlives us must not keep the folder locked.
            self._handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise write_failure(data, problem) from None
        try:
            if not disk_locks.take(self._handle):
                raise _in_use(data, "app", _lock_owner(data / LOCK))
        except OSError as problem:
            raise disk_locks.refused(data, problem) from None
        disk_locks.check(data)
        try:
            _write_owner_pid(self._handle)
        except OSError as problem:
            raise write_failure(data, problem) from None
        stock = stock_server.find_running(data)
        if stock is not None:
            os.close(self._handle)
            raise _in_use(data, server_in(stock.args) or "stock", stock)


_KINDS = {"app": "the CachiBot app", "stock": "`cachibot server`"}


def _in_use(data: Path, kind: str, owner: Identity | None) -> KnownFailure:
    name = _KINDS[kind]
    if owner is not None:
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(owner.started))
        name += f" (PID {owner.pid}, since {started})"
    facts = {
        "kind": kind,
        "pid": None if owner is None else owner.pid,
        "since": None if owner is None else round(owner.started),
    }
    return KnownFailure(
        ExitCode.DATA_IN_USE,
        f"CachiBot is already running: {name} is using the data in {data}. Quit it first, then start again.",
        {"holder": facts},
    )


def _write_owner_pid(handle: int) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())


def _lock_owner(lock: Path) -> Identity | None:
    """Return the server whose PID is in the lock file; None if the PID is stale or has been reused."""
    try:
        owner = identify(int(read_small_file(lock)))
    except (OSError, ValueError):
        return None
    return owner if owner is not None and server_in(owner.args) == "app" and owner.may_have_written(lock) else None
