"""Records how a program changes the files of a folder, and computes what is left of them after a power cut.

A preloaded library (disk_recorder.c) records each change. A disk that loses power has all changes up to a moment, apart
from some that the program did not write to the disk with `fsync`. So one run of the program shows each power cut.
"""

from __future__ import annotations

import enum
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from systems import needs_linux

needs_recorder = needs_linux("only Linux preloads a library that records what a program does with its files")

_HEADER = struct.Struct("=IIQQ")


class Kind(enum.IntEnum):
    CREATE, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MAKE_FOLDER = range(1, 9)


class Loss(enum.Enum):
    """The part of the changes up to a moment that is lost."""

    NOTHING = "the process was killed"
    DATA = "data that was not written to the disk"
    SOME_DATA = "some of the data that was not written to the disk"
    NAMES = "data and names since the disk was last written"


@dataclass(frozen=True)
class Change:
    kind: Kind
    inode: int
    offset: int
    data: bytes

    @property
    def paths(self) -> list[str]:
        return [os.fsdecode(path) for path in self.data.split(b"\0") if path]


class Recorder:
    """The library, and the file with the changes that it has recorded in `folder`."""

    def __init__(self, folder: Path, library: Path, record: Path) -> None:
        self.folder = folder
        self._library = library
        self._record = record

    def environment(self, fail: str | None = None) -> dict[str, str]:
        """Return the variables with which a program is recorded. `fail`: "N ERRNO", see disk_recorder.c."""
        self._record.unlink(missing_ok=True)
        return {
            "LD_PRELOAD": str(self._library),
            "DISK_FOLDER": str(self.folder),
            "DISK_RECORD": str(self._record),
            **({} if fail is None else {"DISK_FAIL": fail}),
        }

    def changes(self) -> list[Change]:
        return list(_parse(self._record.read_bytes()))


def compile_library(folder: Path) -> Path:
    library = folder / "disk_recorder.so"
    source = Path(__file__).with_name("disk_recorder.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


def _parse(record: bytes) -> Iterator[Change]:
    at = 0
    while at + _HEADER.size <= len(record):
        length, kind, inode, offset = _HEADER.unpack_from(record, at)
        at += _HEADER.size
        yield Change(Kind(kind), inode, offset, record[at : at + length])
        at += length


class Disk:
    """The files of a folder at one moment, to which recorded changes are applied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, int] = {}
        self._contents: dict[int, bytes] = {}
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                inode = path.stat().st_ino
                self._names[str(path)] = inode
                self._contents[inode] = path.read_bytes()

    def cut(self, changes: Sequence[Change], loss: Loss) -> None:
        """Replace the folder's files by those that are left after these changes and a power cut."""
        state = _State(self._names, self._contents)
        for change in changes:
            state.apply(change, loss)
        for path in self._folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for folder in state.folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
        for name, content in state.files(loss):
            if not name.endswith("-shm"):  # SQLite creates it again after a power cut
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_bytes(content)


class _State:
    """Names and contents of files, as the program sees them and as the disk has them. Each file has an id of its own,
    because the system gives the inode of a deleted file to a new one."""

    def __init__(self, names: dict[str, int], contents: dict[int, bytes]) -> None:
        self._ids = {inode: inode for inode in contents}
        self._next = max(contents, default=0) + 1
        self._names = dict(names)
        self._current = {file: bytearray(content) for file, content in contents.items()}
        self._durable = dict(contents)
        self._pending: dict[int, list[tuple[int, bytes]]] = {}
        self.folders: set[str] = set()
        self._durable_names = dict(names)
        self._durable_folders: set[str] = set()

    def apply(self, change: Change, loss: Loss) -> None:
        if change.kind is Kind.SYNC:
            self._sync(change.inode)
        elif change.kind is Kind.CREATE:
            self._create(change)
        elif change.kind in (Kind.WRITE, Kind.TRUNCATE):
            self._write(change, loss)
        else:
            self._rename(change)

    def files(self, loss: Loss) -> Iterator[tuple[str, bytes]]:
        if loss is Loss.NAMES:
            self.folders = self._durable_folders
        names = self._durable_names if loss is Loss.NAMES else self._names
        for name, file in names.items():
            if loss is Loss.NOTHING:
                yield name, bytes(self._current[file])
            elif loss is Loss.SOME_DATA:
                yield name, self._with_some(file)
            else:
                yield name, self._durable[file]

    def _with_some(self, file: int) -> bytes:
        content = bytearray(self._durable[file])
        for offset, data in self._pending.get(file, []):
            if random.random() < 0.5:
                _put(content, offset, data)
        return bytes(content)

    def _create(self, change: Change) -> None:
        file, self._next = self._next, self._next + 1
        self._ids[change.inode] = file
        self._names[change.paths[0]] = file
        self._current[file], self._durable[file] = bytearray(), b""

    def _write(self, change: Change, loss: Loss) -> None:
        file = self._ids.get(change.inode)
        if file is None:
            return  # a temporary file without a name
        if change.kind is Kind.WRITE:
            _put(self._current[file], change.offset, change.data)
            self._pending.setdefault(file, []).append((change.offset, change.data))
            return
        _resize(self._current[file], change.offset)
        if loss is not Loss.NAMES:  # the length of a file is written with the names
            durable = bytearray(self._durable[file])
            _resize(durable, change.offset)
            self._durable[file] = bytes(durable)
            self._pending.pop(file, None)

    def _sync(self, inode: int) -> None:
        """A file that is written to the disk takes all earlier changes of names with it, as on ext4 and XFS."""
        file = self._ids.get(inode)
        if file is not None:
            self._durable[file] = bytes(self._current[file])
            self._pending.pop(file, None)
        self._durable_names = dict(self._names)
        self._durable_folders = set(self.folders)

    def _rename(self, change: Change) -> None:
        old, *more = change.paths
        if change.kind is Kind.MAKE_FOLDER:
            self.folders.add(old)
        elif change.kind is Kind.LINK:
            self._names[more[0]] = self._names[old]
        elif change.kind is Kind.UNLINK:
            self._names.pop(old, None)
            self.folders.discard(old)
        else:
            self._move(old, more[0])
        named = set(self._names.values())
        self._ids = {inode: file for inode, file in self._ids.items() if file in named}

    def _move(self, old: str, new: str) -> None:
        def moved(path: str) -> str:
            return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path

        self._names = {
            **{path: file for path, file in self._names.items() if moved(path) == path},
            **{moved(path): file for path, file in self._names.items() if moved(path) != path},
        }
        self.folders = {moved(path) for path in self.folders}


def _put(content: bytearray, offset: int, data: bytes) -> None:
    _resize(content, max(len(content), offset + len(data)))
    content[offset : offset + len(data)] = data


def _resize(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))
