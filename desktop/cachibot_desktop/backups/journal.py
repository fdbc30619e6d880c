"""The record of a restore in progress. With it the next start finishes a restore that was killed at any moment.

A file or folder is replaced with two renames, and where the new and the old one are tells how far the restore has come.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..files import quarantine, replace_file, sync_folder, what_instead_of_file, write_atomically
from ..launch_options import RESTORE_JOURNAL
from .places import STAGING, WRITTEN_MEANWHILE

STAGED, SWAPPING, RESTORED, UNDOING = "staged", "swapping", "restored", "undoing"
"""Phases: the new files wait, and may be discarded; replace the old ones; are in place, and checked; are taken out."""


@dataclass(frozen=True)
class Unit:
    """A file or folder that is replaced as a whole. All paths are on one disk, so that each step is one rename."""

    target: str
    """Where it belongs."""
    new: str | None
    """Where it waits to be put in place; None removes what is there."""
    old: str
    """Where its predecessor is kept until the restore has been checked."""
    replaces: bool = True
    """Whether it had a predecessor when the restore was planned."""


@dataclass(frozen=True)
class Journal:
    """The steps of a restore, in order, and the content of the backup."""

    phase: str
    backup: str
    """The file that is restored."""
    undo: str | None = None
    """The backup of what was there before."""
    database: str | None = None
    rows: dict[str, int] | None = None
    units: list[Unit] = field(default_factory=list)
    files: list[tuple[str, int, str]] = field(default_factory=list)
    """Path, size and SHA-256 of each restored file."""


def exists(data: Path) -> bool:
    """Return whether a restore was interrupted. Takes one call of the system."""
    return os.path.lexists(data / RESTORE_JOURNAL)


def write(data: Path, journal: Journal) -> None:
    """Replace the journal, so that it survives a power cut.

    Raises:
        OSError: it cannot be written; it is unchanged.
    """
    write_atomically(data / RESTORE_JOURNAL, json.dumps(asdict(journal)))
    sync_folder(data)


def read(data: Path) -> Journal | None:
    """Return the journal; None if no restore is in progress.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged, or not a file.
    """
    what = what_instead_of_file(data / RESTORE_JOURNAL)
    if what is not None:
        raise ValueError(what)
    try:
        found = json.loads((data / RESTORE_JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    try:
        units = [Unit(**unit) for unit in found.pop("units")]
        files = [(path, size, sha256) for path, size, sha256 in found.pop("files")]
        return Journal(**found, units=units, files=files)
    except (AttributeError, KeyError, TypeError) as problem:
        raise ValueError(str(problem)) from None


def end(data: Path, units: list[Unit]) -> None:
    """Remove everything that was staged or replaced, then the journal."""
    staging = Path(os.path.realpath(data)) / STAGING
    remove(staging)
    for path in (Path(path) for unit in units for path in (unit.new, unit.old) if path is not None):
        if not path.is_relative_to(staging):  # on another disk
            remove(path)
    for killed in data.glob(f".{RESTORE_JOURNAL}.*"):  # while the journal was being written
        remove(killed)
    (data / RESTORE_JOURNAL).unlink(missing_ok=True)
    sync_folder(data)


def swap(units: list[Unit]) -> None:
    """Put everything new in place, from wherever an earlier call was interrupted.

    Raises:
        OSError: a file cannot be moved.
    """
    waiting = {unit.new for unit in units if unit.new is not None and os.path.lexists(unit.new)}
    for unit in units:
        if (unit.new is None or unit.new in waiting) and os.path.lexists(unit.target):
            if unit.replaces and not os.path.lexists(unit.old):
                _move(unit.target, unit.old)
            elif waiting:  # if nothing waits, the swap was complete: a file written since then is newer, and stays
                _keep_beside(unit.target)
        if unit.new is not None and unit.new in waiting:
            _move(unit.new, unit.target)
    _sync(units)


def undo(units: list[Unit]) -> None:
    """Put everything old back, from wherever an earlier call was interrupted.

    Raises:
        OSError: a file cannot be moved.
    """
    for unit in reversed(units):
        # Without the old one, the target itself may be the old one: the new one is lost, and never was in place.
        was_replaced = os.path.lexists(unit.old) or not unit.replaces
        if unit.new is not None and was_replaced and not os.path.lexists(unit.new) and os.path.lexists(unit.target):
            _move(unit.target, unit.new)
        if os.path.lexists(unit.old):
            if os.path.lexists(unit.target):
                _keep_beside(unit.target)
            _move(unit.old, unit.target)
    _sync(units)


def remove(path: Path) -> None:
    """Remove a file or folder, also if it is read-only. A leftover does no harm: the log names it."""
    _try_to_remove(path)
    if os.path.lexists(path):
        _make_writable(path)
        _try_to_remove(path)
    if os.path.lexists(path):
        print(f"{path} could not be removed.", file=sys.stderr, flush=True)


def _try_to_remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _make_writable(top: Path) -> None:
    """Windows removes no read-only file, such as those of git, and other systems nothing from a read-only folder."""

    def change(path: Path) -> None:
        if not path.is_symlink() and (os.name == "nt" or path.is_dir()):
            with contextlib.suppress(OSError):
                path.chmod(0o700)

    change(top)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            change(Path(folder) / name)


def _keep_beside(target: str) -> None:
    """Rename a file or folder that stock CachiBot or Chromium wrote at `target` during the restore."""
    beside = quarantine(Path(target), WRITTEN_MEANWHILE)
    print(f"{target} was written while a backup was being restored. It was renamed to {beside.name}.", file=sys.stderr)


def _move(file: str, to: str) -> None:
    Path(to).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(Path(file), Path(to))


def _sync(units: list[Unit]) -> None:
    for folder in {Path(unit.target).parent for unit in units}:
        sync_folder(folder)
