"""A disk that becomes read-only during a backup or a restore, as Linux does after an error of the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cachibot_desktop.backups import create
from filled_home import fill, places_of
from server_process import UNSHARE, environment, needs_mounts

pytestmark = [pytest.mark.left_to_ci, needs_mounts]

ON_THE_DISK = """
import contextlib, os, pathlib, shutil, subprocess, sys
from cachibot_desktop.backups import create, journal, restore
from cachibot_desktop.data import database
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from filled_home import content, fill, places_of
from test_killed_restore import STEPS
database.check_version = lambda *_: None
home, file, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
data, step, last = home / ".cachibot", 0, 0
remount = lambda how: subprocess.run(["mount", "-o", f"remount,{how}", home], stderr=subprocess.DEVNULL).returncode == 0

def hook(event, _arguments):
    global step, last
    if event in STEPS and last:
        step += 1
        if step >= last:
            number, last = last, 0  # the call of the command opens files, too
            if not remount("ro"):
                last = number  # a file is open to be written: try again at the next step

sys.addaudithook(hook)

def interrupted_at(number, work):
    global step, last
    step, last = 0, number
    try:
        work()
        failure = None
    except KnownFailure as known:
        failure = known.code
    turned, last = not last, 0
    remount("rw")
    return turned, failure, step

def restored():
    restore.prepare(places_of(home), file)
    restore.finish(data)

fill(home, "newer", 150)
newer = content(home)
kept = home.with_name("kept")
shutil.copytree(home, kept)
_, failure, steps = interrupted_at(10**6, restored)
assert failure is None
older = content(home)
found = set()
for number in range(1, steps, max(1, steps // count)):
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, home, dirs_exist_ok=True)
    turned, failure, _ = interrupted_at(number, restored)
    if not turned:
        break
    assert failure in (None, ExitCode.HOME_NOT_WRITABLE), (number, failure)
    restore.finish(data)
    now = content(home)
    assert now in (older, newer), number
    assert failure is not None or now == older, (number, "said to be restored")
    assert not journal.exists(data)
    found.add(now == older)
copy = home / "copy"
_, failure, steps = interrupted_at(10**6, lambda: create.create(places_of(home), copy))
for number in range(1, steps, max(1, steps // count)):
    copy.unlink(missing_ok=True)
    turned, failure, _ = interrupted_at(number, lambda: create.create(places_of(home), copy))
    assert failure in (None, ExitCode.HOME_NOT_WRITABLE), (number, failure)
    assert (failure is None) == copy.exists(), number
print(sorted(found))
"""


def test_a_disk_that_becomes_read_only_loses_nothing(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    fill(other, "older", 20)
    create.create(places_of(other), tmp_path / "all")
    script = tmp_path / "on_the_disk.py"
    script.write_text(ON_THE_DISK)
    mounted = [*UNSHARE, "sh", "-ec", 'mount -t tmpfs none $HOME; exec "$@"', "sh"]
    count = os.environ.get("CACHIBOT_TEST_KILLS", "20")
    answer = subprocess.run(
        [*mounted, sys.executable, str(script), str(home), str(tmp_path / "all"), count],
        env=environment(home, PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *sys.path])),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[False, True]", "some restores were undone, others done"
