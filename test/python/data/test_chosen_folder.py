"""The folder in which the agent works: what the user may choose, and what counts when that is gone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cachibot_desktop.data import work_folder
from cachibot_desktop.data.work_folder import FILE, Problem, current, problem_of
from server_process import UNSHARE, environment, needs_mounts
from systems import needs_posix


@pytest.fixture(name="data")
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "home" / ".cachibot"
    (data / "inside").mkdir(parents=True)
    return data


def test_a_chosen_folder_counts_while_it_exists(data: Path, tmp_path: Path) -> None:
    workspace, chosen = tmp_path / "CachiBot", tmp_path / "Project"
    assert current(data, workspace) == workspace
    chosen.mkdir()
    work_folder.choose(data, chosen)
    assert current(data, workspace) == chosen
    assert Path.cwd() == chosen
    os.chdir(tmp_path)  # Windows does not rename the current folder of a program
    chosen.rename(tmp_path / "moved")
    assert current(data, workspace) == workspace


@pytest.mark.parametrize("content", ["", "[]", "null", '{"folder": 1}', '{"folder": "relative"}', "{"])
def test_a_damaged_choice_does_not_count(data: Path, tmp_path: Path, content: str) -> None:
    (data / FILE).write_text(content)
    assert current(data, tmp_path) == tmp_path


def test_the_agent_does_not_work_where_the_keys_are(data: Path, tmp_path: Path) -> None:
    outside = tmp_path / "Project"
    outside.mkdir()
    for folder in (data, data / "inside", data.parent, tmp_path):
        assert problem_of(folder, data) is Problem.OWN_DATA
    assert problem_of(outside, data) is None
    assert problem_of(outside / "missing", data) is Problem.MISSING
    assert problem_of(Path("Project"), data) is Problem.MISSING


@needs_posix("links need a right on Windows")
def test_the_agent_does_not_work_behind_a_link_to_the_keys(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)
    assert problem_of(tmp_path / "link", data) is Problem.OWN_DATA


@pytest.mark.parametrize("code", [errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.EACCES])
def test_a_folder_whose_disk_answers_with_an_error_does_not_count(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    chosen = tmp_path / "Project"
    chosen.mkdir()
    work_folder.choose(data, chosen)
    stat = Path.stat

    def fail(path: Path, **options: bool) -> os.stat_result:
        if path == chosen:
            raise OSError(code, os.strerror(code))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", fail)
    assert current(data, tmp_path) == tmp_path


@needs_mounts
def test_a_folder_on_a_disk_that_does_not_answer_does_not_count(data: Path, tmp_path: Path) -> None:
    (tmp_path / "Project").mkdir()
    work_folder.choose(data, tmp_path / "Project")
    script = tmp_path / "on_a_silent_disk.py"
    script.write_text(ON_A_SILENT_DISK)
    answer = subprocess.run(
        [*UNSHARE, "sh", "-ec", 'exec "$@"', "sh", sys.executable, str(script), str(tmp_path / "Project"), str(data)],
        env=environment(tmp_path, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


ON_A_SILENT_DISK = """
import ctypes, os, sys, time
from pathlib import Path
from cachibot_desktop.data import work_folder
project, data = map(Path, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)
# The kernel waits for the program that serves the disk, which never does.
options = f"fd={os.open('/dev/fuse', os.O_RDWR)},rootmode=40000,user_id=0,group_id=0"
if libc.mount(b"silent", bytes(project), b"fuse", 0, options.encode()) != 0:
    raise OSError(ctypes.get_errno(), "mount")
began = time.monotonic()
for _ in range(20):
    assert work_folder.current(data, Path("/workspace")) == Path("/workspace")
assert time.monotonic() - began < 10
libc.umount2(bytes(project), 2)
os._exit(0)  # the thread still waits
"""
