"""Exit codes of the server, and the exception that carries them.

The last line on stderr is for the user. With DATA_IN_USE, a line of JSON for the shell precedes it:

    {"holder": {"kind": "app", "pid": 123, "since": 1764000000}}

`kind` is "app" for a server of this app, "stock" for the user's own `cachibot server`.
`pid` and `since` (start time of that process, in seconds since the epoch) are null when
that process cannot be identified. The line is missing if the other program is not a server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the server. The shell reads the number; the last line on stderr is for the user."""

    CLEAN = 0
    UNEXPECTED = 1
    USAGE = 2
    PORT_TAKEN = 48
    DATA_IN_USE = 49
    HOME_NOT_WRITABLE = 50
    DISK_FULL = 51
    DATABASE_DAMAGED = 52
    DATABASE_NEWER = 53
    LOCKS_REFUSED = 54
    BACKUP_UNUSABLE = 60
    WRONG_PASSWORD = 61
    RESTORE_PENDING = 62


MEANINGS: dict[ExitCode, str] = {
    ExitCode.CLEAN: "stopped cleanly, or the command succeeded",
    ExitCode.UNEXPECTED: "unexpected failure; the log has the details",
    ExitCode.USAGE: "wrong arguments, environment or stdin",
    ExitCode.PORT_TAKEN: "another program is using the port",
    ExitCode.DATA_IN_USE: "another CachiBot server is using the data; the second-to-last line says which",
    ExitCode.HOME_NOT_WRITABLE: "the data folder cannot be written",
    ExitCode.DISK_FULL: "the disk of the data folder is full",
    ExitCode.DATABASE_DAMAGED: "the database is damaged",
    ExitCode.DATABASE_NEWER: "the data was last used by a newer version of CachiBot",
    ExitCode.LOCKS_REFUSED: "the disk of the data refuses locks",
    ExitCode.BACKUP_UNUSABLE: "the file is not a complete backup",
    ExitCode.WRONG_PASSWORD: "the password of the backup is missing or wrong",
    ExitCode.RESTORE_PENDING: "the app must finish a restore before it opens the page",
}


class KnownFailure(Exception):
    """A failure with a known cause. Ends the process with `code`, and with `line`, which tells the user what to do."""

    def __init__(self, code: ExitCode, line: str, facts: Mapping[str, object] | None = None) -> None:
        self.code = code
        # Messages of SQLite and of the system may contain line breaks.
        self.line = " ".join(line.split())
        self.facts = facts
        super().__init__(self.line)

    @property
    def lines(self) -> str:
        """The text for stderr: the JSON for the shell, if any, then the line for the user."""
        return self.line if self.facts is None else f"{json.dumps(self.facts)}\n{self.line}"
