"""The file of a backup: a ZIP archive of a header, a list of its files with their hashes, and the files.

Without a password any program that opens ZIP archives shows the files under their names. With one, everything but the
header is encrypted, names included.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from ..exit_codes import ExitCode, KnownFailure
from .encryption import CHUNK_BYTES, Cipher, Kdf, WrongPassword

FORMAT = "cachibot-backup"
VERSION = 1
HEADER, MANIFEST = "header.json", "manifest.json"

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError, OverflowError),
)
"""Exceptions that a damaged archive can cause."""

MAX_LIST_BYTES = 64 * 1024 * 1024
"""A list of a million files has less."""


@dataclass(frozen=True)
class Header:
    """The part of a backup that can be read without its password."""

    created: str
    """Date and time in UTC, as 2026-05-01T10:00:00Z."""
    app: str | None
    cachibot: str
    kdf: Kdf | None


@dataclass(frozen=True)
class Entry:
    """One file of a backup."""

    name: str
    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True)
class Manifest:
    """The content of a backup."""

    groups: list[str] = field(default_factory=list)
    files: list[Entry] = field(default_factory=list)
    rows: dict[str, int] | None = None
    """Number of rows in each table of the database; None if it could not be read, and was copied as it was."""


class Writer:
    """Writes a backup to an open file."""

    def __init__(self, file: IO[bytes], header: Header, password: str | None) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        encryption = None if header.kdf is None else header.kdf.as_json()
        text = json.dumps(
            {
                "format": FORMAT,
                "version": VERSION,
                "created": header.created,
                "app": header.app,
                "cachibot": header.cachibot,
                "encryption": encryption,
            },
            indent=2,
        ).encode()
        self._zip.writestr(HEADER, text)
        self._cipher = Cipher(password, header.kdf, text) if password and header.kdf else None
        self._entries: list[Entry] = []

    def add(self, name: str, file: Path) -> Entry:
        """Add a file as it is now, up to the size that it has at the beginning.

        Raises:
            OSError: `file` cannot be read.
        """
        with file.open("rb") as source:
            status = os.fstat(source.fileno())
            digest = hashlib.sha256()
            size = self._write(len(self._entries) + 1, name, _read(source, file, status.st_size, digest))
        entry = Entry(name, size, digest.hexdigest(), bool(status.st_mode & 0o100) and os.name != "nt")
        self._entries.append(entry)
        return entry

    def close(self, groups: Iterable[str], rows: Mapping[str, int] | None) -> int:
        """Write the list of the files, and the end of the archive. Return the number of files."""
        manifest = Manifest(list(groups), self._entries, None if rows is None else dict(rows))
        text = json.dumps(asdict(manifest)).encode()
        self._write(0, MANIFEST, (text[at : at + CHUNK_BYTES] for at in range(0, len(text), CHUNK_BYTES)))
        self._zip.close()
        return len(self._entries)

    def abandon(self) -> None:
        """Write nothing more, not even when the archive is forgotten."""
        self._zip.fp = None

    def _write(self, part: int, name: str, chunks: Iterator[bytes]) -> int:
        # A fixed time, because dates before 1980 do not fit.
        info = zipfile.ZipInfo(_entry_name(part, name, sealed=self._cipher is not None))
        info.compress_type = zipfile.ZIP_DEFLATED if self._cipher is None else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        size = 0

        def measured() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                size += len(chunk)
                yield chunk

        with self._zip.open(info, "w", force_zip64=True) as target:
            for chunk in measured() if self._cipher is None else self._cipher.encrypt(part, measured()):
                target.write(chunk)
        return size


class Reader:
    """Reads a backup, and trusts nothing in it."""

    def __init__(self, file: Path, password: str | None) -> None:
        """Open the backup and read its list of files.

        Raises:
            KnownFailure: BACKUP_UNUSABLE or WRONG_PASSWORD; DATABASE_NEWER if a newer app made it.
        """
        self.file = file
        self._opened = _open(file)
        with self.explained():
            text = _limited(self._opened, HEADER)
            self.header = _read_header(file, text)
            self._cipher = None
            if self.header.kdf is not None:
                if not password:
                    raise KnownFailure(
                        ExitCode.WRONG_PASSWORD, f"The backup {file} is encrypted: its password is needed."
                    )
                self._cipher = Cipher(password, self.header.kdf, text)
            self.manifest = self._read_manifest()

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what a damaged archive causes into a failure with words for the user."""
        try:
            yield
        except WrongPassword:
            raise KnownFailure(
                ExitCode.WRONG_PASSWORD, f"The password of the backup {self.file} is wrong. Nothing was changed."
            ) from None
        except OSError as problem:
            if problem.errno != errno.EINVAL:  # a damaged offset leads to a place before the file
                raise
            raise unusable(self.file, "bad offset") from None
        except _DAMAGE as why:
            raise unusable(self.file, str(why) or type(why).__name__) from None

    def extract(self, number: int, target: Path) -> None:
        """Write the file with this index in the list to the new file `target`, and compare its hash.

        Raises:
            KnownFailure: BACKUP_UNUSABLE.
            OSError: `target` cannot be written.
        """
        entry = self.manifest.files[number]
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        mode = 0o700 if entry.executable else 0o600
        with self.explained(), open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            for chunk in self._content(number + 1, entry.name):
                size += len(chunk)
                if size > entry.size:
                    break
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if (size, digest.hexdigest()) != (entry.size, entry.sha256):
            raise unusable(self.file, f"{entry.name} has another content than when it was saved")

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def _content(self, part: int, name: str) -> Iterator[bytes]:
        try:
            with self._opened.open(_entry_name(part, name, sealed=self._cipher is not None)) as source:
                if self._cipher is not None:
                    yield from self._cipher.decrypt(part, source)
                while chunk := source.read(CHUNK_BYTES):
                    yield chunk
        except WrongPassword:
            # Once the list has been decrypted, the password is known to be right.
            if part == 0:
                raise
            raise ValueError("its encrypted content is damaged") from None

    def _read_manifest(self) -> Manifest:
        if self._cipher is not None:
            # To tell damage from a wrong password: reading to the end compares the checksum.
            with self._opened.open(_entry_name(0, MANIFEST, sealed=True)) as source:
                while source.read(CHUNK_BYTES):
                    pass
        content = bytearray()
        for chunk in self._content(0, MANIFEST):
            content += chunk
            if len(content) > MAX_LIST_BYTES:
                raise ValueError("the list of its files is too long")
        found = json.loads(bytes(content))
        entries = [Entry(**entry) for entry in found["files"]]
        rows = found["rows"]
        for entry in entries:
            if not (isinstance(entry.name, str) and type(entry.size) is int and isinstance(entry.sha256, str)):
                raise TypeError("the list of its files is damaged")
        if rows is not None and not all(type(count) is int for count in rows.values()):
            raise TypeError("the list of its files is damaged")
        return Manifest([str(group) for group in found["groups"]], entries, rows)


def unusable(file: Path, why: str) -> KnownFailure:
    """Return the failure for a file that is not a complete backup."""
    return KnownFailure(
        ExitCode.BACKUP_UNUSABLE,
        f"The backup {file} can't be restored: it is damaged or incomplete ({why}). Nothing was changed.",
    )


def _open(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except OSError as problem:
        raise KnownFailure(
            ExitCode.BACKUP_UNUSABLE, f"The backup {file} can't be read: {problem.strerror}. Nothing was changed."
        ) from None
    except _DAMAGE as why:
        raise unusable(file, str(why)) from None


def _read_header(file: Path, text: bytes) -> Header:
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("format") != FORMAT or type(found.get("version")) is not int:
        raise ValueError("it is not a backup of CachiBot")
    if found["version"] > VERSION:
        raise KnownFailure(
            ExitCode.DATABASE_NEWER,
            f"The backup {file} was made by a newer version of CachiBot. Install the latest version to restore it."
            " Nothing was changed.",
        )
    app, encryption = found["app"], found["encryption"]
    kdf = None if encryption is None else Kdf.read(encryption)
    return Header(str(found["created"]), None if app is None else str(app), str(found["cachibot"]), kdf)


def _limited(opened: zipfile.ZipFile, name: str) -> bytes:
    with opened.open(name) as source:
        return source.read(CHUNK_BYTES)


def _entry_name(part: int, name: str, *, sealed: bool) -> str:
    if sealed:
        return f"encrypted/{part}"
    try:
        name.encode()
    except UnicodeEncodeError:
        return f"names/{part}"  # a name that is not UTF-8; the list has the bytes
    return name


def _read(source: IO[bytes], file: Path, size: int, digest: hashlib._Hash) -> Iterator[bytes]:
    while size > 0:
        try:
            chunk = source.read(min(CHUNK_BYTES, size))
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, str(file)) from None
        if not chunk:
            return
        size -= len(chunk)
        digest.update(chunk)
        yield chunk
