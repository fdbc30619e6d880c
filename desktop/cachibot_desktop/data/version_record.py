"""Records the versions that used the data folder last, in `desktop.json`. Written when a server is ready."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..files import read_small_file, write_atomically
from .write_ahead_log import Files

FILE = "desktop.json"


@dataclass(frozen=True)
class Record:
    """Content of the file. None stands for a missing value."""

    cachibot: str | None = None
    app: str | None = None
    schema: str | None = None
    """Fingerprint of the tables and columns that this version of cachibot knows."""
    backup: str | None = None
    """Name of the first copy made since a server was last ready: no failed start can have changed its data."""
    database_file: str | None = None
    log_file: str | None = None
    folder: str | None = None
    """Inode numbers of the database, its write-ahead log and their folder."""

    @property
    def files(self) -> Files | None:
        """The three inode numbers; None if one is missing."""
        if self.database_file is None or self.log_file is None or self.folder is None:
            return None
        return Files(self.database_file, self.log_file, self.folder)


def read(data: Path) -> Record:
    """Return the folder's record; an empty record if the file is missing or cannot be read."""
    try:
        found = json.loads(read_small_file(data / FILE))
    except (OSError, ValueError):
        return Record()
    if not isinstance(found, dict):
        return Record()
    return Record(**{name: text for name in asdict(Record()) if isinstance(text := found.get(name), str)})


def write(data: Path, record: Record) -> None:
    """Replace the folder's record.

    Raises:
        OSError: the file cannot be written; it is unchanged.
    """
    write_atomically(data / FILE, as_text(record))


def as_text(record: Record) -> str:
    """Return the content of the file for a record."""
    known = {name: text for name, text in asdict(record).items() if text is not None}
    return json.dumps(known, indent=2) + "\n"
