"""Finds a write-ahead log that does not belong to the database beside it, and moves it aside.

SQLite replays any valid log over whatever database has its name. After a crash that
brings back what was not yet in the database, and must happen. Where a backup was laid in
place of a crashed database, it undoes the restore, or destroys the backup.

A log is believed unless something here cannot come from SQLite, whenever it was killed:

- A database with a log says so in its header, written and flushed before the log began.
  The copies made by `--backup` and before an update say the opposite.
- The log and the database have the same page size, and each page is in one of them.
- The first change of page 1 in the log counts one on from the database as the log found
  it, or repeats its number; a checkpoint then copies numbers of the log into the database.
- The database is still the same file as when this folder's last server became ready, if
  the log and the folder are.

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
from .folder import cannot_write

LOG, INDEX = "-wal", "-shm"

JUDGED_BYTES = 64 * 1024 * 1024
"""The pages of a longer log are not read: verifying them takes seconds, and a usual log has 4 MB."""

_MAGIC = b"SQLite format 3\0"
_ROLLBACK, _WRITE_AHEAD = 1, 2
_BIG_ENDIAN, _LITTLE_ENDIAN = 0x377F0683, 0x377F0682
_PENDING_BYTE = 0x40000000
"""The page that holds this byte is never used."""


@dataclass(frozen=True)
class Files:
    """Which files of the system the database, its log and their folder are."""

    database: str
    log: str
    folder: str


@dataclass(frozen=True)
class _Header:
    """Facts from the first page of a database, and the length of the file."""

    write_ahead: bool
    page_size: int
    changes: int
    pages: int


@dataclass(frozen=True)
class _Frame:
    page: int
    size_after: int
    """Pages of the database when this frame ends a transaction, else 0."""
    changes: int | None
    """Of page 1: how often the database was changed."""


def identify(database: Path) -> Files | None:
    """Return which files lie there now; None when one is missing."""
    try:
        numbers = [
            str(path.stat().st_ino) for path in (database, database.with_name(database.name + LOG), database.parent)
        ]
    except OSError:
        return None
    return Files(*numbers)


def contradicts_header(database: Path) -> bool:
    """Return whether there is a log, and the database says that it has none. True for a copy made by `--backup`."""
    header = _read_header(database)
    return header is not None and not header.write_ahead and _length(database.with_name(database.name + LOG)) > 0


def move_stray(database: Path | None, last: Files | None) -> Path | None:
    """Move a log that does not belong to the database aside; return where it is now.

    Nobody else may have the database open. `last` is what `identify` returned when a server
    was last ready on it.

    Raises:
        Foreseen: it does not belong there and cannot be moved.
    """
    if database is None:
        return None
    why = _why_stray(database, database.with_name(database.name + LOG), last)
    return None if why is None else move(database, why)


def move(database: Path, why: str) -> Path | None:
    """Move the log aside, for the reason `why`; return where it is now, None if another program uses it.

    Raises:
        Foreseen: it cannot be moved.
    """
    log, index = (database.with_name(database.name + ending) for ending in (LOG, INDEX))
    if _is_open(index):
        return None
    try:
        aside = quarantine(log, "unrelated")
        if index.exists():
            quarantine(index, "unrelated")
    except OSError as problem:
        raise cannot_write(database.parent, problem) from None
    print(
        f"The write-ahead log {log.name} does not belong to the database {database} ({why})."
        f" It was moved to {aside} and not applied.",
        file=sys.stderr,
        flush=True,
    )
    return aside


def _why_stray(database: Path, log: Path, last: Files | None) -> str | None:
    if _length(log) == 0:
        return None
    if _length(database) == 0:
        return "there is no database"  # SQLite would delete the log
    header = _read_header(database)
    if header is None:
        return None  # a damaged database: whoever repairs it may need the log
    if not header.write_ahead:
        return "it is a backup, or was never used with a log"
    if last is not None and _is_replaced(last, identify(database)):
        return "another file took the database's place"
    if _length(log) > JUDGED_BYTES:
        return None
    # Frames of a transaction that was cut off may follow the valid ones; only checksums tell, which take longer.
    return _contradiction(header, log, verify=False) and _contradiction(header, log, verify=True)


def _is_replaced(last: Files, now: Files | None) -> bool:
    # The folder too, because some file systems number files anew each time they are mounted.
    same = now is not None and (last.log, last.folder) == (now.log, now.folder)
    return same and now is not None and last.database != now.database


def _contradiction(header: _Header, log: Path, *, verify: bool) -> str | None:
    with log.open("rb") as file:
        page_size, frames = _read_log(file, verify=verify)
        committed = _committed(frames)
    if not committed:
        return None
    if page_size != header.page_size:
        return "their pages differ in size"
    numbers = [frame.changes for frame in committed if frame.changes is not None]
    if numbers and not numbers[0] - 1 <= header.changes <= max(numbers):
        return f"the log continues change {numbers[0] - 1}, the database is at change {header.changes}"
    unused = _PENDING_BYTE // page_size + 1
    there = {frame.page for frame in committed} | {unused}
    if any(page not in there for page in range(header.pages + 1, committed[-1].size_after + 1)):
        return "pages are in neither of them"
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
    return page_size, _read_frames(file, head, page_size, "><"[magic == _LITTLE_ENDIAN] if verify else None)


def _read_frames(file: BinaryIO, head: bytes, page_size: int, order: str | None) -> Iterator[_Frame]:
    """Name the frames before the first that is of an older log or, with a byte order, has a wrong checksum."""
    salts = head[16:24]
    sums = (0, 0)
    if order is not None:
        sums = _add(head[:24], sums, order)
        if sums != struct.unpack(">II", head[24:32]):
            return
    while len(frame := file.read(24 + page_size)) == 24 + page_size and frame[8:16] == salts:
        if order is not None:
            sums = _add(frame[24:], _add(frame[:8], sums, order), order)
            if sums != struct.unpack(">II", frame[16:24]):
                return
        page, size_after = struct.unpack(">II", frame[:8])
        yield _Frame(page, size_after, struct.unpack(">I", frame[48:52])[0] if page == 1 else None)


def _add(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
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
    if len(head) < 100 or not head.startswith(_MAGIC) or {head[18], head[19]} - {_ROLLBACK, _WRITE_AHEAD}:
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
    """Return whether a program has the database open with its log, by SQLite's own lock. Windows refuses the move."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        with index.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False  # no index, or a file system without locks
    return False
