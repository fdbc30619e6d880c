"""Homes whose path is not UTF-8, and data folders that are links to a disk that is not there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.exit_codes import ExitCode
from server_process import ORDINARY_USER, ServerProcess, run_server
from systems import needs_linux, needs_posix

Start = Callable[..., ServerProcess]


@needs_linux("other systems have no such names")
@pytest.mark.left_to_ci
def test_a_home_that_is_not_utf_8(tmp_path: Path) -> None:
    home = tmp_path / os.fsdecode(b"Andr\xe9")
    home.mkdir()
    file, database = home / "all.cachibot-backup", home / ".cachibot" / "cachibot.db"
    for start in ("first", "second"):
        server = ServerProcess(home, under=ORDINARY_USER)
        try:
            server.wait_until_ready()
            if start == "first":
                server.sign_up()
            assert server.stop() == 0
            assert "Logging error" not in server.stderr, server.stderr
        finally:
            server.kill()
    for arguments in (["--check-data"], ["--backup", home / "copy.db"], ["--back-up-all", file]):
        answer = run_server(home, *map(os.fspath, arguments), under=ORDINARY_USER)
        assert (answer.returncode, answer.stderr) == (0, ""), answer
        assert "Andr\\udce9" in answer.stdout
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM users")
        connection.commit()
    answer = run_server(home, "--restore", os.fspath(file), under=ORDINARY_USER)
    assert (answer.returncode, answer.stderr) == (0, ""), answer
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]


@needs_posix("links need a right on Windows")
@pytest.mark.parametrize("command", [[], ["--back-up-all", "FILE"], ["--restore", "FILE"], ["--finish-restore"]])
def test_a_data_folder_that_leads_to_a_missing_disk(start: Start, home: Path, command: list[str]) -> None:
    gone = home / "disk" / "data"
    (home / ".cachibot").symlink_to(gone)
    if command:
        answer = run_server(home, *[argument.replace("FILE", str(home / "new")) for argument in command])
        code, stderr = answer.returncode, answer.stderr
    else:
        server = start()
        code, stderr = server.wait(), server.stderr
    assert code == ExitCode.HOME_NOT_WRITABLE
    assert f"{home / '.cachibot'} is a link to {gone}, which doesn't exist. If that is on" in stderr
    assert stderr.count("\n") == 1
    assert not gone.parent.exists(), "nothing is made where the disk belongs"
    assert not (home / "new").exists()
