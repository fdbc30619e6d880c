"""Disks without permissions, and folders of another owner: only a folder that cannot be written ends a start."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop import files
from filled_home import write_rows
from refused_calls import needs_filter, refusing
from server_process import ORDINARY_USER, ServerProcess, run_server
from systems import NOT_HERE, needs_posix

Start = Callable[..., ServerProcess]
SAID = "Other users may be able to read "


@pytest.mark.left_to_ci
@needs_filter
def test_a_server_starts_where_modes_are_refused_and_says_it_once(start: Start, home: Path) -> None:
    data = home / ".cachibot"
    data.mkdir(mode=0o755)
    server = start(under=refusing("chmod=EPERM"))
    server.wait_until_ready()
    server.sign_up()
    assert server.stop() == 0
    said = [line for line in server.stderr.splitlines() if line.startswith(SAID)]
    assert said == [f"{SAID}{data}: Operation not permitted."]


@pytest.mark.left_to_ci
@needs_filter
def test_a_backup_is_made_and_restored_where_modes_are_refused(home: Path) -> None:
    data = home / ".cachibot"
    data.mkdir(mode=0o755)
    write_rows(data / "cachibot.db", "row", 3)
    under = refusing("chmod=EOPNOTSUPP")
    for arguments in (["--backup", home / "copy.db"], ["--back-up-all", home / "all"], ["--restore", home / "all"]):
        answer = run_server(home, *map(str, arguments), under=under)
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr.count(SAID) == (arguments[0] == "--restore")
    with closing(sqlite3.connect(data / "cachibot.db")) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (3,)


@pytest.mark.left_to_ci
@pytest.mark.skipif(not ORDINARY_USER, reason=f"{NOT_HERE}only root can give a folder to another user")
def test_a_folder_of_another_owner_is_used_if_it_can_be_written(start: Start, home: Path) -> None:
    data = home / ".cachibot"
    data.mkdir()
    data.chmod(0o770)
    os.chown(data, 65534, os.getegid())
    server = start(under=ORDINARY_USER)
    server.wait_until_ready()
    server.sign_up()
    assert server.stop() == 0
    assert f"{SAID}{data}: Operation not permitted." in server.stderr


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(files, "_reported", set())
    return None


@needs_posix("Windows has no modes")
def test_a_disk_that_ignores_modes_is_named_once(
    tmp_path: Path, unsaid: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch(mode=0o644)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    files.restrict_to_owner(tmp_path / "a")
    files.restrict_to_owner(tmp_path / "b")
    files.restrict_to_owner(tmp_path / "missing")
    assert capsys.readouterr().err == f"{SAID}{tmp_path / 'a'}: the disk keeps no permissions.\n"


@needs_posix("Windows has no modes")
def test_a_file_that_is_restricted_already_is_left_alone(
    tmp_path: Path, unsaid: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").touch(mode=0o600)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    files.restrict_to_owner(tmp_path / "a")
    assert capsys.readouterr().err == ""
