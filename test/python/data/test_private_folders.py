"""Other users of the computer cannot read the data, whatever the umask."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import folder
from server_process import ServerProcess
from systems import has_mode, needs_posix

pytestmark = needs_posix("Windows has no umask")


@pytest.mark.left_to_ci
@pytest.mark.parametrize("umask", ["000", "022", "077"])
def test_the_data_is_private_under_any_umask(home: Path, start: Callable[..., ServerProcess], umask: str) -> None:
    data = home / ".cachibot"
    data.mkdir(mode=0o755)
    with closing(sqlite3.connect(data / "cachibot.db")) as older:
        older.execute("CREATE TABLE users (id)")
    (home / ".prompture").mkdir(mode=0o755)
    server = start(under=["sh", "-c", f'umask {umask}; exec "$@"', "sh"])
    server.wait_until_ready()
    for private in (data, data / "backups", home / ".prompture"):
        assert has_mode(private, 0o700), private
    assert has_mode(data / "cachibot.db", 0o600)
    assert [file for file in (data / "backups").iterdir() if not has_mode(file, 0o600)] == []
    assert server.stop() == 0


def test_a_folder_that_cannot_be_restricted_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    folder.make_private(tmp_path / "file" / "folder")
    assert (
        capsys.readouterr().err == f"Other users may be able to read {tmp_path / 'file' / 'folder'}: Not a directory.\n"
    )
