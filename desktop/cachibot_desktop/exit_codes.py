"""The exit codes of the entry, and the one exception that carries them.

The last line on stderr is for a user. DATA_IN_USE has a line of JSON for the shell before it:

    {"holder": {"kind": "app", "pid": 123, "since": 1764000000}}

`kind` is "app" for a server of this app, "stock" for the user's own `cachibot server`.
`pid` and `since` (when that process began, in seconds since the epoch) are null when who
holds the data cannot be made sure of. The line is missing when it is neither of the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the entry. The shell reads the number, a user the line on stderr."""

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
    Exit.UNEXPECTED: "an unknown failure; the log has the details",
    Exit.BAD_CALL: "wrong arguments or environment",
    Exit.PORT_TAKEN: "another program has the port",
    Exit.DATA_IN_USE: "another CachiBot server is using the data; the last line but one says which",
    Exit.HOME_NOT_WRITABLE: "the data folder cannot be written",
    Exit.DISK_FULL: "the disk of the data folder is full",
    Exit.DATABASE_DAMAGED: "the database is damaged",
    Exit.DATABASE_NEWER: "the data was last used by a newer version of CachiBot",
}


class Foreseen(Exception):
    """A failure we know: ends the entry with its code and one line a user can act on."""

    def __init__(self, code: Exit, line: str, facts: Mapping[str, object] | None = None) -> None:
        self.code = code
        # Words of SQLite and of the system may hold line breaks.
        self.line = " ".join(line.split())
        self.facts = facts
        super().__init__(self.line)

    @property
    def lines(self) -> str:
        """The text for stderr: facts for the shell, if any, and the line for the user."""
        return self.line if self.facts is None else f"{json.dumps(self.facts)}\n{self.line}"
