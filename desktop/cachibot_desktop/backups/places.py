"""Locates everything that belongs to a backup, and names it independently of this computer.

A name consists of the group and a path: `data/uploads/1.pdf` is `uploads/1.pdf` in CachiBot's data folder. The
documents in the agent's work folder are the user's own and do not belong to it, except for files attached to messages.
Nor do logs, caches, and the copies that the app makes itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..attachments import folder as attachments
from ..attachments import record
from ..data import page_storage, work_folder
from ..data.backup import SIDE_FILES
from ..data.write_ahead_log import MAGIC
from ..launch_options import RESTORE_JOURNAL

DATABASE, DATA, HOME, WORKSPACE, USAGE, SHELL = "database", "data", "home", "workspace", "usage", "shell"
ATTACHMENTS = "attachments"
"""The groups: the database; other files in the data folder; settings files of the home and of CachiBot's folder; the
usage that the model library records; settings of the app and storage of the page; files attached to messages."""

DATABASE_NAME = f"{DATABASE}/cachibot.db"

SHELL_UNITS = ("settings.json", *page_storage.PAGE_STORAGE)
"""Files and folders of the app's profile. The bots and chats that the page shows are in the first folder."""

ENV = ".env"
"""The file of the workspace with the keys. A pipe in its place stays as it is."""

_UNITS = {HOME: (".cachibot.toml",), WORKSPACE: (ENV, "cachibot.toml"), USAGE: ("usage", "conversations")}

STAGING = ".cachibot-restore"
"""Folder in the data folder. Each restore creates a subfolder in it."""

WRITTEN_MEANWHILE = "during-restore"
"""Part of the new name of a file or folder that another program has written where a restored one belongs."""

_LEFT_OUT = re.compile(
    r"backups|logs|server\.pid|desktop\.lock|last_good_version|\..*"
    rf"|{re.escape(RESTORE_JOURNAL)}"
    r"|cachibot\.db(-(wal|shm|journal))?(\.(part|instead|before-.*|unrelated-.*|damaged-.*))?"
    rf"|.*\.part|.*\.{WRITTEN_MEANWHILE}-\d+"
)
"""Names in the data folder: copies, logs, and what belongs to the process that uses the data."""

NOT_COPIED = page_storage.NOT_COPIED | {"__pycache__", ".DS_Store"}
"""Names of files that a database of the page creates again, and of caches."""


@dataclass(frozen=True)
class Places:
    """Where the parts of a backup are on this computer."""

    home: Path
    workspace: Path
    database: Path | None
    """None if the data is on a database server."""
    shell: Path | None
    """The app's profile; None leaves it out."""

    @property
    def data(self) -> Path:
        """CachiBot's data folder, without links."""
        return Path(os.path.realpath(self.home / ".cachibot"))

    def folder(self, group: str) -> Path:
        """Return the folder of a group's names, without links."""
        folders = {HOME: self.home, WORKSPACE: self.workspace, USAGE: self.home / ".prompture", SHELL: self.shell}
        if group == ATTACHMENTS:
            return self.attachments(self.data)
        folder = self.data if group == DATA else folders[group]
        if folder is None:
            raise ValueError(group)
        return Path(os.path.realpath(folder))

    def attachments(self, data: Path) -> Path:
        """Return the folder of attached files, by the choice of the work folder in a data folder."""
        return Path(os.path.realpath(work_folder.current(data, self.workspace) / attachments.NAME))

    def units(self, group: str) -> list[str]:
        """Return the names of the files and folders of a group that a restore replaces as a whole, if they exist.

        Raises:
            OSError: if their folder, or the record of attached files, cannot be read.
        """
        folder = self.folder(group)
        if group == DATA:
            names = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
            return [name for name in names if not _LEFT_OUT.fullmatch(name)]
        if group == ATTACHMENTS:
            # Not `attachments.find`: its folder may be a link to one of another name.
            found = ((name, folder / name) for name in sorted(record.names(self.data)))
            return [name for name, file in found if file.is_file() and not file.is_symlink()]
        return [unit for unit in (SHELL_UNITS if group == SHELL else _UNITS[group]) if os.path.lexists(folder / unit)]

    def groups(self) -> list[str]:
        """Return the groups that this computer has, except for the database."""
        return [DATA, HOME, WORKSPACE, USAGE, ATTACHMENTS, *([] if self.shell is None else [SHELL])]


@dataclass(frozen=True)
class Source:
    """A file that belongs to a backup."""

    name: str
    file: Path
    sqlite: bool
    """A database, which has to be copied with SQLite, because its last changes may be in a log beside it."""


def may_restore(group: str, path: str) -> bool:
    """Return whether a backup may contain this path: a damaged or forged file must not write to other places."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or set(part) & set("\\\0") or part == STAGING for part in parts):
        return False
    if os.name == "nt" and (":" in path or any(part.endswith((".", " ")) for part in parts)):
        return False
    if group == DATA:
        return not _LEFT_OUT.fullmatch(parts[0])
    if group == ATTACHMENTS:
        return attachments.is_safe(path)
    units = SHELL_UNITS if group == SHELL else _UNITS.get(group, ())
    return any(path == unit or path.startswith(f"{unit}/") for unit in units)


def collect(places: Places) -> Iterator[Source]:
    """Yield the files that belong to a backup, except for the database. Follows links, but never in a circle.

    Raises:
        OSError: if a folder, or the record of attached files, cannot be read.
    """
    for group in places.groups():
        for unit in places.units(group):
            yield from _walk(f"{group}/{unit}", places.folder(group) / unit, frozenset())


def _walk(name: str, file: Path, above: frozenset[str]) -> Iterator[Source]:
    if file.name in NOT_COPIED:
        return
    if file.is_dir():
        real = os.path.realpath(file)
        if real in above:
            return
        for child in sorted(file.iterdir()):
            yield from _walk(f"{name}/{child.name}", child, above | {real})
    elif file.is_file() and not _is_side_file(file):
        yield Source(name, file, is_sqlite(file))


def _is_side_file(file: Path) -> bool:
    for ending in SIDE_FILES:
        if file.name.endswith(ending) and is_sqlite(file.with_name(file.name.removesuffix(ending))):
            return True
    return False


def is_sqlite(file: Path) -> bool:
    """Return whether a file is an SQLite database, by its first bytes."""
    try:
        with file.open("rb") as opened:
            return opened.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
