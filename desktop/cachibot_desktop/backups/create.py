"""Creates a backup of everything that the user would miss, also while a server runs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ..data import backup, database, version_record
from ..data.backup import SIDE_FILES
from ..data.folder import write_failure
from ..exit_codes import ExitCode, KnownFailure
from ..files import is_full, replace_file, sync_folder, write_atomically
from ..upstream import cachibot_version
from .archive import Header, Writer
from .encryption import CHUNK_BYTES, Kdf
from .places import ATTACHMENTS, DATA, DATABASE, DATABASE_NAME, Places, Source, collect

RECORD = f"{DATA}/{version_record.FILE}"


@dataclass(frozen=True)
class Saved:
    """Content of a backup."""

    file_count: int
    attached: frozenset[str]
    """Names of the attached files in it."""
    left_out: list[str]
    """Names of the attached files that are missing in it, because they could not be read."""


def create(places: Places, destination: Path, password: str | None = None) -> str:
    """Write a backup with `create_archive`, and return a message for the user.

    Raises:
        KnownFailure: USAGE if `destination` exists, otherwise the code of the cause. No partial backup remains.
    """
    saved = create_archive(places, destination, password)
    secrets = "encrypted with the password" if password else "not encrypted, and it contains your keys: keep it safe"
    names = ", ".join(saved.left_out)
    lacks = f" It lacks attached files that can't be read: {names}." if saved.left_out else ""
    return f"Saved {saved.file_count} files in {destination.absolute()}. The backup is {secrets}.{lacks}"


def create_archive(
    places: Places, destination: Path, password: str | None = None, *, damaged_too: bool = False
) -> Saved:
    """Write a backup to the new file `destination`, and return what it contains.

    With `damaged_too` a damaged database is copied as it is, with the files beside it.

    Raises:
        KnownFailure: USAGE if `destination` exists, otherwise the code of the cause. No partial backup remains.
    """
    destination = destination.absolute()
    if os.path.lexists(destination):
        raise KnownFailure(ExitCode.USAGE, f"{destination} already exists: name a new file for the backup.")
    unfinished = destination.with_name(f"{destination.name}.part")
    snapshot = destination.with_name(f"{destination.name}.part.db")
    temporary = (unfinished, snapshot, *(snapshot.with_name(snapshot.name + end) for end in SIDE_FILES))
    try:
        for file in temporary:  # of a backup that was killed
            file.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            saved = _write(places, out, snapshot, password, damaged_too=damaged_too)
            out.flush()
            os.fsync(out.fileno())
        _publish(unfinished, destination)
        sync_folder(destination.parent)
    except OSError as problem:
        place = Path(problem.filename) if isinstance(problem.filename, str) else destination
        if place in temporary or is_full(problem):
            place = destination.parent
        raise _not_written(place, problem) from None
    finally:
        for file in temporary:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
    return saved


def _publish(unfinished: Path, destination: Path) -> None:
    try:
        os.link(unfinished, destination)  # unlike a rename it never replaces a file
    except FileExistsError:
        raise KnownFailure(ExitCode.USAGE, f"{destination} already exists: name a new file for the backup.") from None
    except OSError:
        replace_file(unfinished, destination)  # the disk has no links


def _not_written(place: Path, problem: OSError) -> KnownFailure:
    if is_full(problem):
        return write_failure(place, problem)
    return KnownFailure(
        ExitCode.HOME_NOT_WRITABLE,
        f"The backup couldn't be made: {place} ({problem.strerror or problem}). Choose another folder, or check that"
        " you're allowed to use this one.",
    )


def _write(places: Places, out: IO[bytes], snapshot: Path, password: str | None, *, damaged_too: bool) -> Saved:
    record = version_record.read(places.data)
    kdf = Kdf.new() if password else None
    header = Header(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", record.app, record.cachibot or cachibot_version(), kdf)
    writer = Writer(out, header, password)
    try:
        groups, rows, added = places.groups(), None, set[str]()
        attached = places.units(ATTACHMENTS)
        if places.database is not None and database.has_content(places.database):
            groups.append(DATABASE)
            rows = _add_database(writer, places.database, snapshot, damaged_too=damaged_too)
        for source in collect(places):
            if source.name == RECORD:
                continue
            if source.sqlite and _add_snapshot(writer, source.name, source.file, snapshot):
                added.add(source.name)
            elif source.name.startswith(f"{ATTACHMENTS}/"):
                if _add_attached(writer, source, snapshot):
                    added.add(source.name)
            else:
                with contextlib.suppress(FileNotFoundError):  # removed in the meantime
                    writer.add(source.name, source.file)
        _add_record(writer, record, snapshot)
        file_count, folder = writer.close(groups, rows), places.folder(ATTACHMENTS)
        saved = frozenset(name.partition("/")[2] for name in added if name.startswith(f"{ATTACHMENTS}/"))
        left_out = [name for name in attached if name not in saved and os.path.lexists(folder / name)]
        return Saved(file_count, saved, left_out)
    finally:
        writer.abandon()


def _add_database(writer: Writer, file: Path, snapshot: Path, *, damaged_too: bool) -> dict[str, int] | None:
    try:
        backup.create(file, snapshot)
    except KnownFailure as failure:
        if failure.code is not ExitCode.DATABASE_DAMAGED or not damaged_too:
            raise
        for ending in ("", *SIDE_FILES):
            with contextlib.suppress(FileNotFoundError):
                writer.add(DATABASE_NAME + ending, file.with_name(file.name + ending))
        return None
    with _removed(snapshot), closing(sqlite3.connect(f"{snapshot.as_uri()}?mode=ro", uri=True)) as copy:
        rows = database.count_rows(copy)
        writer.add(DATABASE_NAME, snapshot)
    return rows


def _add_snapshot(writer: Writer, name: str, file: Path, snapshot: Path) -> bool:
    """Add a database of a plug-in or a library. Return whether SQLite can read it."""
    try:
        backup.create(file, snapshot)
    except KnownFailure as failure:
        if failure.code is ExitCode.DISK_FULL:
            raise
        return False
    with _removed(snapshot):
        writer.add(name, snapshot)
    return True


def _add_attached(writer: Writer, source: Source, copy: Path) -> bool:
    """Add an attached file, through a copy. Return whether it could be opened and read to its end.

    Raises:
        OSError: the copy cannot be written.
    """
    with contextlib.ExitStack() as opened:
        try:
            original = opened.enter_context(source.file.open("rb"))
        except OSError:
            return False
        opened.enter_context(_removed(copy))
        with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            mode = os.fstat(original.fileno()).st_mode
            while True:
                try:
                    chunk = original.read(CHUNK_BYTES)
                except OSError:
                    return False
                if not chunk:
                    break
                out.write(chunk)
        copy.chmod(0o600 | mode & 0o100)
        writer.add(source.name, copy)
    return True


def _add_record(writer: Writer, record: version_record.Record, snapshot: Path) -> None:
    """Add the versions that used the data last, without what identifies files of this computer."""
    kept = replace(record, backup=None, database_file=None, log_file=None, folder=None)
    with _removed(snapshot):
        write_atomically(snapshot, version_record.as_text(kept))
        writer.add(RECORD, snapshot)


@contextlib.contextmanager
def _removed(file: Path) -> Iterator[None]:
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
