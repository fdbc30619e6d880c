"""Homes whose path is not UTF-8, and data folders that are links to a disk that is not there."""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.exit_codes import ExitCode
from server_process import ORDINARY_USER, ServerProcess, run_server
from systems import needs_linux, needs_posix, needs_windows

Start = Callable[..., ServerProcess]


@needs_linux("other systems have no such names")
@pytest.mark.left_to_ci
def test_a_home_that_is_not_utf_8(tmp_path: Path) -> None:
    use_everything(tmp_path / os.fsdecode(b"Andr\xe9"), "Andr\\udce9")


@pytest.mark.parametrize(
    "name", ["Zoë", *(pytest.param(name, marks=pytest.mark.left_to_ci) for name in ("Łukasz Müller", "日本 太郎"))]
)
def test_a_home_with_letters_of_other_languages(tmp_path: Path, name: str) -> None:
    use_everything(tmp_path / name, name)


@needs_windows("only Windows has code pages")
def test_the_code_page_of_windows_is_the_one_that_is_tested() -> None:
    wanted = os.environ.get("CACHIBOT_TEST_CODE_PAGE", "1252")
    assert ctypes.WinDLL("kernel32").GetACP() == int(wanted)


def use_everything(home: Path, shown: str) -> None:
    """Start a server twice in a home; check, copy, back up and restore its data. `shown`: the home's name in output."""
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
        assert shown in answer.stdout
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
    assert f"{home / '.cachibot'} is a link to {gone}, which doesn't exist. Connect that disk" in stderr
    assert stderr.count("\n") == 1
    assert not gone.parent.exists(), "nothing is made where the disk belongs"
    assert not (home / "new").exists()
