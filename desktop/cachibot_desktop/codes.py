"""How the entry can end: one table of exit codes, and the one exception that carries them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the entry. The shell reads the number, a person the line on stderr."""

    CLEAN = 0
    UNEXPECTED = 1
    BAD_CALL = 2
    PORT_TAKEN = 48
    DATA_IN_USE = 49
    HOME_NOT_WRITABLE = 50
    DISK_FULL = 51
    DATABASE_DAMAGED = 52
    DATABASE_NEWER = 53


MEANING: dict[Exit, str] = {
    Exit.CLEAN: "stopped cleanly, or the question asked was answered",
    Exit.UNEXPECTED: "failed in a way nobody foresaw; the log has the details",
    Exit.BAD_CALL: "wrong arguments or environment",
    Exit.PORT_TAKEN: "another program holds the port",
    Exit.DATA_IN_USE: "another CachiBot server uses the data folder",
    Exit.HOME_NOT_WRITABLE: "the data folder cannot be written",
    Exit.DISK_FULL: "the disk of the data folder is full",
    Exit.DATABASE_DAMAGED: "the database is damaged",
    Exit.DATABASE_NEWER: "the database belongs to a newer version of CachiBot",
}


class Foreseen(Exception):
    """A failure we know: ends the entry with its code and one line a person can act on."""

    def __init__(self, code: Exit, line: str) -> None:
        self.code = code
        # Words of SQLite and of the system may hold line breaks.
        self.line = " ".join(line.split())
        super().__init__(self.line)
