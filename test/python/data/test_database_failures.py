"""Known failures are recognised behind the exceptions of other libraries."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from cachibot_desktop.data.database_failures import known_failure
from cachibot_desktop.exit_codes import ExitCode


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OSError(errno.ENOSPC, "full", "/x"), ExitCode.DISK_FULL),
        (OSError(errno.EROFS, "read-only", "/x"), ExitCode.HOME_NOT_WRITABLE),
        (PermissionError(errno.EACCES, "denied", "/x"), ExitCode.HOME_NOT_WRITABLE),
    ],
)
def test_known_failures_are_recognised_in_a_chain_of_exceptions(problem: OSError, code: ExitCode) -> None:
    wrapped = RuntimeError("startup failed")
    wrapped.__cause__ = ValueError()
    wrapped.__cause__.orig = problem  # type: ignore[attr-defined] # as SQLAlchemy does
    found = known_failure(wrapped, Path("/y/cachibot.db"))
    assert found is not None
    assert found.code is code
    assert "\n" not in found.line


@pytest.mark.parametrize(
    ("error", "refusal", "code"),
    [
        (sqlite3.SQLITE_IOERR_WRITE, None, ExitCode.DISK_FULL),
        (sqlite3.SQLITE_IOERR_WRITE, errno.ENOSPC, ExitCode.DISK_FULL),
        (sqlite3.SQLITE_IOERR_WRITE, errno.EROFS, ExitCode.HOME_NOT_WRITABLE),
        (sqlite3.SQLITE_CANTOPEN, None, ExitCode.HOME_NOT_WRITABLE),
        (sqlite3.SQLITE_CANTOPEN, errno.ENOSPC, ExitCode.DISK_FULL),
    ],
)
def test_the_disk_itself_tells_why_sqlite_cannot_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, refusal: int | None, code: ExitCode
) -> None:
    """SQLite reports a full, a read-only and a broken disk with the same error."""

    def refuse(**_: object) -> None:
        raise OSError(refusal, "refused")

    if refusal is not None:
        monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    problem = sqlite3.OperationalError("as SQLite says it")
    problem.sqlite_errorcode = error
    found = known_failure(problem, tmp_path / "cachibot.db")
    assert found is not None
    assert found.code is code


def test_an_unknown_failure_is_not_recognised() -> None:
    assert known_failure(RuntimeError("?"), Path("/x")) is None
