"""Detects a write-ahead log that does not belong to the database beside it, and moves it aside.

SQLite applies a valid log to any database with the matching name. After a crash this
recovers the last changes, and must happen. But if a crashed database was replaced with a
backup, the old log undoes the restore, or destroys the restored file.

A log is accepted unless it contradicts one of these rules, which hold at whatever moment SQLite
is killed:

- A database with a log has the WAL mode in its header, which SQLite flushes before it creates
  the log. The copies made by `--backup` and before an update have another mode.
- The log and the database have the same page size, and each page is in at least one of them.
- The change counter in the log's first frame of page 1 is that of the database when the log
  was started, or one more. A checkpoint then copies counters of the log into the database.
- If the log and the folder are still the same files as when this folder's last server became
  ready, the database is the same file, too.

The formats are those of https://www.sqlite.org/fileformat2.html (sections 1.3 and 4).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..files import quarantine
from .folder import write_failure

LOG, INDEX = "-wal", "-shm"

MAX_CHECKED_BYTES = 64 * 1024 * 1024
"""The content of a larger log is not checked: that takes seconds, and a log usually has 4 MB."""

MAGIC = b"SQLite format 3\0"
"""The first bytes of each SQLite database."""

_ROLLBACK, _WRITE_AHEAD = 1, 2
_BIG_ENDIAN, _LITTLE_ENDIAN = 0x377F0683, 0x377F0682
_PENDING_BYTE = 0x40000000
"""SQLite never uses the page that contains this byte offset."""


@dataclass(frozen=True)
class Files:
    """Inode numbers of the database, its log and their folder."""

    database: str
    log: str
    folder: str


@dataclass(frozen=True)
class _Header:
    """Fields of the header of a database, and the length of the file in pages."""

    write_ahead: bool
    page_size: int
    changes: int
    pages: int


@dataclass(frozen=True)
class _Frame:
    page: int
    size_after: int
    """Size of the database in pages if this frame commits a transaction, otherwise 0."""
    changes: int | None
    """The database's change counter, in a frame of page 1."""


def identify(database: Path) -> Files | None:
    """Return the inode numbers of the database, its log and their folder; None if one is missing."""
    try:
        numbers = [
            str(path.stat().st_ino) for path in (database, database.with_name(database.name + LOG), database.parent)
        ]
    except OSError:
        return None
    return Files(*numbers)


def contradicts_header(database: Path) -> bool:
    """Return whether there is a log but the header does not have the WAL mode, as in a copy made by `--backup`."""
    header = _read_header(database)
    return header is not None and not header.write_ahead and _length(database.with_name(database.name + LOG)) > 0


def move_stray(database: Path | None, last: Files | None) -> Path | None:
    """Move a log that does not belong to the database aside. Return its new path, or None if nothing was moved.

    The caller must have the lock on the data. `last` is the result of
    `identify` when a server was last ready.

    Raises:
        KnownFailure: the log does not belong to the database and cannot be moved.
    """
    if database is None:
        return None
    reason = _why_stray(database, database.with_name(database.name + LOG), last)
    return None if reason is None else move(database, reason)


def move(database: Path, reason: str) -> Path | None:
    """Move the log aside and print `reason`. Return its new path, or None if another program has it open.

    Raises:
        KnownFailure: the log cannot be moved.
    """
    log, index = (database.with_name(database.name + ending) for ending in (LOG, INDEX))
    if _is_open(index):
        return None
    try:
        moved = quarantine(log, "unrelated")
        if index.exists():
            quarantine(index, "unrelated")
    except OSError as problem:
        raise write_failure(database.parent, problem) from None
    print(
        f"The write-ahead log {log.name} does not belong to the database {database} ({reason})."
        f" It was moved to {moved} and not applied.",
        file=sys.stderr,
        flush=True,
    )
    return moved


def _why_stray(database: Path, log: Path, last: Files | None) -> str | None:
    if _length(log) == 0:
        return None
    if _length(database) == 0:
        return "there is no database"  # SQLite would delete the log
    header = _read_header(database)
    if header is None:
        return None  # the database is damaged, and its repair may need the log
    if not header.write_ahead:
        return "the database is a backup, or was never used with a log"
    if last is not None and _is_replaced(last, identify(database)):
        return "the database was replaced by another file"
    if _length(log) > MAX_CHECKED_BYTES:
        return None
    # Invalid frames of an interrupted transaction may follow the valid ones. Only the checksums detect them. Verifying
    # these takes long, so do it only if the log seems to be stray.
    return _contradiction(header, log, verify=False) and _contradiction(header, log, verify=True)


def _is_replaced(last: Files, now: Files | None) -> bool:
    # Compare the folder, too, because some file systems assign new inode numbers at each mount.
    same = now is not None and (last.log, last.folder) == (now.log, now.folder)
    return same and now is not None and last.database != now.database


def _contradiction(header: _Header, log: Path, *, verify: bool) -> str | None:
    with log.open("rb") as file:
        page_size, frames = _read_log(file, verify=verify)
        committed = _committed(frames)
    if not committed:
        return None
    if page_size != header.page_size:
        return "their page sizes differ"
    numbers = [frame.changes for frame in committed if frame.changes is not None]
    if numbers and not numbers[0] - 1 <= header.changes <= max(numbers):
        return f"the log continues change {numbers[0] - 1}, the database is at change {header.changes}"
    unused = _PENDING_BYTE // page_size + 1
    in_log = {frame.page for frame in committed} | {unused}
    if any(page not in in_log for page in range(header.pages + 1, committed[-1].size_after + 1)):
        return "some pages are in neither of them"
    return None


def _committed(frames: Iterator[_Frame]) -> list[_Frame]:
    found = list(frames)
    while found and found[-1].size_after == 0:
        found.pop()
    return found


def _read_log(file: BinaryIO, *, verify: bool) -> tuple[int, Iterator[_Frame]]:
    head = file.read(32)
    if len(head) < 32:
        return 0, iter(())
    magic, _version, page_size = struct.unpack(">III", head[:12])
    if magic not in (_BIG_ENDIAN, _LITTLE_ENDIAN) or not 512 <= page_size <= 65536:
        return 0, iter(())
    order = "<" if magic == _LITTLE_ENDIAN else ">"
    return page_size, _read_frames(file, head, page_size, order if verify else None)


def _read_frames(file: BinaryIO, head: bytes, page_size: int, order: str | None) -> Iterator[_Frame]:
    """Yield the frames up to the first that belongs to an older log or, if `order` is set, has a wrong checksum."""
    salts = head[16:24]
    sums = (0, 0)
    if order is not None:
        sums = _extend_checksum(sums, head[:24], order)
        if sums != struct.unpack(">II", head[24:32]):
            return
    while len(frame := file.read(24 + page_size)) == 24 + page_size and frame[8:16] == salts:
        if order is not None:
            sums = _extend_checksum(_extend_checksum(sums, frame[:8], order), frame[24:], order)
            if sums != struct.unpack(">II", frame[16:24]):
                return
        page, size_after = struct.unpack(">II", frame[:8])
        yield _Frame(page, size_after, struct.unpack(">I", frame[48:52])[0] if page == 1 else None)


def _extend_checksum(sums: tuple[int, int], data: bytes, order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


def _read_header(database: Path) -> _Header | None:
    try:
        with database.open("rb") as file:
            head = file.read(100)
    except OSError:
        return None
    if len(head) < 100 or not head.startswith(MAGIC) or {head[18], head[19]} - {_ROLLBACK, _WRITE_AHEAD}:
        return None
    (page_size,) = struct.unpack(">H", head[16:18])
    page_size = 65536 if page_size == 1 else page_size
    if page_size < 512:
        return None
    (changes,) = struct.unpack(">I", head[24:28])
    return _Header(head[19] == _WRITE_AHEAD, page_size, changes, _length(database) // page_size)


def _length(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _is_open(index: Path) -> bool:
    """Return whether a program has the database and its log open, by SQLite's locks on the index."""
    if sys.platform == "win32":
        return False  # Windows does not allow an open file to be moved
    import fcntl

    try:
        with index.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False  # there is no index, or the file system has no locks
    return False
