"""A backup or restore that is killed at any of its steps leaves either the old or the restored data, complete.

The number of steps that are tried can be set with CACHIBOT_TEST_KILLS.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cachibot_desktop.backups import create, journal, restore
from cachibot_desktop.data import database
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from filled_home import (  # noqa: F401 - a fixture
    PAGE,
    back_up_and_fill_again,
    content,
    fill,
    places_of,
    unchecked_version,
    write_rows,
)
from server_process import UNSHARE, environment, needs_mounts

pytestmark = [pytest.mark.left_to_ci, pytest.mark.usefixtures("unchecked_version")]

# Windows starts a process much more slowly.
KILLS = int(os.environ.get("CACHIBOT_TEST_KILLS", "20" if os.name == "posix" else "8"))
STRIDE = 1 if os.name == "posix" else 10

STEPS = frozenset(
    {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "sqlite3.connect"}
)
"""Audit events of Python's calls that change files."""


Work = Callable[[Path, Path], object]
"""Is called with a home and the file of a backup."""

PROCESSES = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
KILL = signal.SIGKILL if os.name == "posix" else signal.SIGTERM


def run_until_step(work: Work, home: Path, file: Path, last: int) -> int:
    """Run `work` in a process that kills itself before its step `last`. Return its number of steps, or -1 if killed."""
    counted = home.with_name("steps")
    process = PROCESSES.Process(target=_count_steps, args=(work, home, file, last, counted))
    process.start()
    process.join()
    assert process.exitcode in (0, -KILL if os.name == "posix" else KILL), "the work failed"
    return int(counted.read_text()) if process.exitcode == 0 else -1


def _count_steps(work: Work, home: Path, file: Path, last: int, counted: Path) -> None:
    database.check_version = lambda *_args: None  # a spawned process has no fixtures
    steps = 0

    def count(event: str, _arguments: object) -> None:
        nonlocal steps
        if event in STEPS:
            steps += 1
            if steps == last:
                os.kill(os.getpid(), KILL)

    sys.addaudithook(count)
    work(home, file)
    counted.write_text(str(steps))


def restore_backup(home: Path, file: Path) -> None:
    restore.prepare(places_of(home), file)
    restore.finish(home / ".cachibot")


def finish(home: Path, _file: Path) -> None:
    restore.finish(home / ".cachibot")


def finish_or_undo(home: Path, _file: Path) -> None:
    with contextlib.suppress(KnownFailure):
        restore.finish(home / ".cachibot")


def back_up(home: Path, file: Path) -> None:
    create.create(places_of(home), file)


def chosen(steps: int) -> list[int]:
    """Return the numbers of the steps that are tried, another part of them at each run."""
    return sorted(random.sample(range(1, steps + 1), min(KILLS, steps)))


def test_a_killed_restore_leaves_the_old_or_the_restored_data(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all"
    older, newer = back_up_and_fill_again(home, file)
    kept = tmp_path / "kept"
    shutil.copytree(home, kept)

    steps = run_until_step(restore_backup, home, file, 0)
    assert content(home) == older
    found = set()
    for step in chosen(steps):
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        assert run_until_step(restore_backup, home, file, step) == -1
        restore.finish(home / ".cachibot")
        now = content(home)
        assert now in (older, newer), f"killed before step {step} of {steps}"
        found.add(now == older)
        assert not journal.exists(home / ".cachibot")
        assert not (home / ".cachibot" / ".cachibot-restore").exists()
    print(f"{steps} steps; restored after a kill: {found}")


def test_a_restore_whose_finish_is_killed_again_and_again_is_finished(home: Path, tmp_path: Path) -> None:
    fill(home, "older", 20)
    file = tmp_path / "all"
    create.create(places_of(home), file)
    older = content(home)
    fill(home, "newer", 150)
    restore.prepare(places_of(home), file)
    for step in range(1, 200, STRIDE):
        if run_until_step(finish, home, file, step) != -1:
            break
    assert content(home) == {**older, **{name: content(home)[name] for name in ["CachiBot/work.txt"]}}


def test_a_killed_backup_leaves_no_half_file(home: Path) -> None:
    fill(home, "older", 20)
    file = home / "all"
    steps = run_until_step(back_up, home, file, 0)
    file.unlink()
    other = home / "other"
    for step in chosen(steps):
        run_until_step(back_up, home, file, step)
        if file.exists():
            (other / ".cachibot").mkdir(parents=True, exist_ok=True)
            restore.prepare(places_of(other), file)
            file.unlink()
    create.create(places_of(home), file)
    assert sorted(path.name for path in home.iterdir() if path.name.startswith("all")) == ["all"]


def prepare_damaged(home: Path, folder: Path) -> dict[str, object]:
    """Prepare a restore, damage one of its files, and return what the home contains before it."""
    file = folder / "all"
    _, newer = back_up_and_fill_again(home, file)
    restore.prepare(places_of(home), file)
    (staged,) = (home / ".cachibot" / ".cachibot-restore").glob("*/new")
    (staged / "shell" / PAGE / "older.log").write_text("damaged")
    return newer


def test_a_restored_file_that_the_disk_damages_undoes_the_restore(home: Path, tmp_path: Path) -> None:
    newer = prepare_damaged(home, tmp_path)
    with pytest.raises(KnownFailure, match="Everything is as it was before") as raised:
        restore.finish(home / ".cachibot")
    assert raised.value.code is ExitCode.BACKUP_UNUSABLE
    assert content(home) == newer


def test_an_undone_restore_that_is_killed_loses_nothing(home: Path, tmp_path: Path) -> None:
    newer = prepare_damaged(home, tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(home, kept)

    steps = run_until_step(finish_or_undo, home, tmp_path / "all", 0)
    for step in chosen(steps):
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        assert run_until_step(finish_or_undo, home, tmp_path / "all", step) == -1
        finish_or_undo(home, tmp_path / "all")
        assert content(home) == newer, f"killed before step {step} of {steps}"
        assert not journal.exists(home / ".cachibot")


def test_changes_after_a_restore_that_was_killed_at_its_end_stay(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By stock CachiBot for instance, which knows nothing of the restore."""
    fill(home, "older", 20)
    file = tmp_path / "all"
    create.create(places_of(home), file)
    fill(home, "newer", 150)
    restore.prepare(places_of(home), file)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(journal, "end", die)
        restore.finish(home / ".cachibot")
    write_rows(home / ".cachibot" / "cachibot.db", "later", 1)
    later = content(home)
    assert later[".cachibot/cachibot.db"] == [("later", 1), ("older", 20)]
    assert (restore.finish(home / ".cachibot") or "").startswith("Restored ")
    assert content(home)[".cachibot/cachibot.db"] == later[".cachibot/cachibot.db"]


@needs_mounts
def test_a_full_disk_changes_nothing(home: Path, tmp_path: Path) -> None:
    """On disks of different sizes, so that the space ends at another step each time."""
    fill(home, "older", 20)
    (home / ".cachibot" / "uploads" / "random").write_bytes(os.urandom(400_000))
    file = tmp_path / "all"
    create.create(places_of(home), file)
    script = tmp_path / "on_full_disks.py"
    script.write_text(ON_FULL_DISKS)
    answer = subprocess.run(
        [*UNSHARE, "sh", "-ec", 'exec "$@"', "sh", sys.executable, str(script), str(home), str(file), str(tmp_path)],
        env=environment(home, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "full" in answer.stdout
    assert "restored" in answer.stdout


ON_FULL_DISKS = """
import pathlib, shutil, subprocess, sys
from cachibot_desktop.backups import create, restore
from cachibot_desktop.data import database
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from filled_home import content, fill, places_of
database.check_version = lambda *_: None
source, file, folder = map(pathlib.Path, sys.argv[1:])
for kilobytes in range(250, 1500, 60):
    home = folder / f"disk-{kilobytes}"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(home)], check=True)
    fill(home, "newer", 150)
    before = content(home)
    try:
        restore.prepare(places_of(home), file)
        restore.finish(home / ".cachibot")
        print("restored")
    except KnownFailure as failure:
        assert failure.code is ExitCode.DISK_FULL, failure.line
        assert content(home) == before, kilobytes
        assert not [path for path in (home / ".cachibot").iterdir() if path.name.startswith((".cachi", "restore"))]
        print("full")
    size = shutil.disk_usage(home).free
    copy = home / "copy"
    try:
        create.create(places_of(home), copy)
    except KnownFailure as failure:
        assert failure.code is ExitCode.DISK_FULL, failure.line
        assert not [path for path in home.iterdir() if path.name.startswith("copy")]
        assert shutil.disk_usage(home).free == size
"""
