"""Extracts a backup beside the data, checks it, and plans where each of its files and folders belongs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ..data import backup, database, page_storage
from ..data.backup import SIDE_FILES
from ..exit_codes import ExitCode, KnownFailure
from ..files import is_pipe, replace_file, sync_folder
from .archive import Reader, unusable
from .journal import Unit, remove
from .places import (
    ATTACHMENTS,
    DATA,
    DATABASE,
    DATABASE_NAME,
    ENV,
    HOME,
    NOT_COPIED,
    SHELL,
    SHELL_UNITS,
    STAGING,
    WORKSPACE,
    Places,
    is_sqlite,
    may_restore,
)


@dataclass
class Staged:
    """The content of a backup, in the folder `folder` by group and path."""

    file: Path
    folder: Path
    groups: list[str]
    rows: dict[str, int] | None
    location: str | None = None
    """Where the database belongs on this computer."""
    kept: frozenset[str] = frozenset()
    """Units of the app's profile that are not in the backup, and stay as they are."""
    hashes: dict[Path, tuple[int, str]] = field(default_factory=dict)
    """Size and hash of each extracted file."""


def extract(places: Places, file: Path, password: str | None) -> Staged:
    """Extract the backup, or a copy of the database alone, such as the app makes before an update.

    Raises:
        KnownFailure: the backup is newer, damaged or encrypted.
        OSError: there is no room for it.
    """
    staging = places.data / STAGING
    remove(staging)
    staging.mkdir(exist_ok=True, mode=0o700)
    # A new folder: a leftover of an earlier restore that cannot be removed would look like a part of this one.
    folder = Path(tempfile.mkdtemp(prefix="", dir=staging)) / "new"
    folder.mkdir(mode=0o700)
    staged = _copy_database(places, file, folder) if is_sqlite(file) else _extract_all(places, file, password, folder)
    if DATABASE in staged.groups:
        location = _locate(places, staged)
        if location is None:
            raise KnownFailure(
                ExitCode.BACKUP_UNUSABLE,
                f"The backup {file} contains a database, but CachiBot's settings name a database server. Nothing was"
                " changed.",
            )
        staged.location = str(location)
    return staged


def _copy_database(places: Places, file: Path, folder: Path) -> Staged:
    copy = folder / DATABASE_NAME
    copy.parent.mkdir(mode=0o700)
    try:
        backup.create(file, copy)
    except KnownFailure as failure:
        raise (unusable(file, "it is damaged") if failure.code is ExitCode.DATABASE_DAMAGED else failure) from None
    with closing(database.open_read_only(copy)) as connection:
        staged = Staged(file, folder, [DATABASE], database.count_rows(connection))
    page = page_storage.beside(file)
    if places.shell is not None and page.is_dir():
        _copy_page_storage(staged, page)
    return staged


def _copy_page_storage(staged: Staged, page: Path) -> None:
    """Stage the page's storage that was copied together with the database."""
    staged.groups.append(SHELL)
    staged.kept = frozenset(SHELL_UNITS) - set(page_storage.PAGE_STORAGE)
    for source in sorted(file for file in page.rglob("*") if file.is_file()):
        target = staged.folder / SHELL / source.relative_to(page)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(source, target)
        with target.open("r+b") as copied:  # Windows flushes no file that is open only for reading
            staged.hashes[target] = target.stat().st_size, hashlib.file_digest(copied, "sha256").hexdigest()
            os.fsync(copied.fileno())


def _extract_all(places: Places, file: Path, password: str | None, folder: Path) -> Staged:
    with closing(Reader(file, password)) as reader:
        manifest = reader.manifest
        groups = [group for group in (*places.groups(), DATABASE) if group in manifest.groups]
        if DATABASE in groups and manifest.rows is None:
            raise unusable(file, "its database was damaged already")
        staged = Staged(file, folder, groups, manifest.rows)
        for number, entry in enumerate(manifest.files):
            group, _, path = entry.name.partition("/")
            if entry.name != DATABASE_NAME and not may_restore(group, path):
                raise unusable(file, f"it contains the unknown file {entry.name!r}")
            if group not in groups:
                continue  # settings of the app, while only the server's data is restored
            target = folder / entry.name
            while target.exists():  # a disk that ignores case, or how an accented letter is composed
                target = target.with_name(f"{target.name}.2")
            reader.extract(number, target)
            staged.hashes[target] = entry.size, entry.sha256
        return staged


def _locate(places: Places, staged: Staged) -> Path | None:
    """Return where the database belongs by the settings in the backup."""
    home, workspace = (
        staged.folder / group if group in staged.groups else places.folder(group) for group in (HOME, WORKSPACE)
    )
    found = database.locate(home, workspace)
    default = database.locate(places.home, places.workspace) if home == places.folder(HOME) else None
    if found == Path(os.path.realpath(home / ".cachibot" / "cachibot.db")):
        return default or Path(os.path.realpath(places.home / ".cachibot" / "cachibot.db"))
    return found


def check(staged: Staged, data: Path, app: str | None) -> None:
    """Check that the database is intact, complete, and not newer than this version.

    Raises:
        KnownFailure: BACKUP_UNUSABLE or DATABASE_NEWER.
    """
    if DATABASE not in staged.groups:
        return
    copy = staged.folder / DATABASE_NAME
    try:
        database.check_integrity(copy, complete=True)
        with closing(database.open_read_only(copy)) as connection:
            rows = database.count_rows(connection)
        # The record of the versions is in the backup; a copy of the database alone has the one of this folder.
        database.check_version(copy, staged.folder / DATA if DATA in staged.groups else data, app)
    except KnownFailure as failure:
        if failure.code is ExitCode.DATABASE_DAMAGED:
            raise unusable(staged.file, "its database is damaged") from None
        if failure.code is ExitCode.DATABASE_NEWER:
            raise KnownFailure(
                failure.code,
                f"The backup {staged.file} was made by a newer version of CachiBot. Install the latest version to"
                " restore it. Nothing was changed.",
            ) from None
        raise
    if rows != staged.rows:
        raise unusable(staged.file, "its database is incomplete")


@dataclass
class Plan:
    """Where everything belongs."""

    units: list[Unit] = field(default_factory=list)
    files: list[tuple[str, int, str]] = field(default_factory=list)
    """Path, size and hash of each restored file."""
    copies: list[tuple[Path, Path]] = field(default_factory=list)
    """Pairs of a staged file or folder that belongs to another disk, and the place there where it will wait."""


def plan(staged: Staged, places: Places, saved: Set[str]) -> Plan:
    """Return what has to be replaced. `saved`: names of attached files in the backup before the restore."""
    planner = _Planner(staged)
    for group in staged.groups:
        if group != DATABASE:
            folder, new = places.folder(group), staged.folder / group
            if group == ATTACHMENTS:
                folder, names = _attachments(staged, places, saved)
            else:
                names = {*places.units(group), *(SHELL_UNITS if group == SHELL else _names(new))} - staged.kept
            if group == WORKSPACE and is_pipe(folder / ENV):
                names.discard(ENV)  # a password manager has made it, and it is read at each start
            for name in sorted(names):
                planner.add(folder / name, new / name)
    if staged.location is not None:
        location = Path(staged.location)
        for ending in SIDE_FILES:  # first, so that the database never has the log of another one
            planner.add(location.with_name(location.name + ending), staged.folder / "nothing")
        planner.add(location, staged.folder / DATABASE_NAME)
    return planner.plan


def _attachments(staged: Staged, places: Places, saved: Set[str]) -> tuple[Path, set[str]]:
    """Return where attached files belong, and which of them are restored.

    The folder may be the user's own. So only files that the backup before the restore contains are replaced.
    """
    folder = places.attachments(staged.folder / DATA if DATA in staged.groups else places.data)
    replaced = saved if folder == places.folder(ATTACHMENTS) else frozenset()
    names = _names(staged.folder / ATTACHMENTS)
    return folder, {name for name in names if name in replaced or not os.path.lexists(folder / name)}


class _Planner:
    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._staging = staged.folder.parent
        self._same_disk: dict[Path, bool] = {}
        self.plan = Plan()

    def add(self, target: Path, new: Path) -> None:
        """Plan the replacement of `target` by the staged `new`, either of which may be missing."""
        if not os.path.lexists(target) and not new.exists():
            return
        if target.is_symlink() and target.exists():
            # The target of the link is replaced, because the user has moved it to another disk on purpose.
            target = Path(os.path.realpath(target))
            if target.is_dir() and not new.is_file():
                for name in sorted({*_names(target), *_names(new)} - NOT_COPIED):
                    self.add(target / name, new / name)
                return
        number = len(self.plan.units)
        old, waiting = self._staging / "old" / str(number), new
        if not self._is_on_same_disk(target.parent):
            name = f"{STAGING}-{self._staging.name}-{number}"
            old, waiting = target.with_name(f"{name}.old"), target.with_name(f"{name}.new")
            if new.exists():
                self.plan.copies.append((new, waiting))
        replaces = os.path.lexists(target)
        self.plan.units.append(Unit(str(target), str(waiting) if new.exists() else None, str(old), replaces))
        for file, (size, sha256) in self._staged.hashes.items():
            if file == new or new in file.parents:
                self.plan.files.append((str(target / file.relative_to(new)), size, sha256))

    def _is_on_same_disk(self, folder: Path) -> bool:
        if folder not in self._same_disk:
            self._same_disk[folder] = _can_rename(self._staging, folder)
        return self._same_disk[folder]


def _can_rename(staging: Path, folder: Path) -> bool:
    """Return whether a file can be renamed from one folder to the other: numbers of disks do not tell that."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    probe, there = staging / "probe", folder / f"{STAGING}-probe"
    probe.touch(mode=0o600)
    try:
        replace_file(probe, there)  # a restore that was killed may have left its own
    except OSError:
        probe.unlink()
        return False
    there.unlink()
    return True


def copy_to_other_disks(staged: Staged, copies: Sequence[tuple[Path, Path]]) -> None:
    """Copy to other disks what belongs there, so that renames can put it in place, and flush everything staged.

    Raises:
        OSError: there is no room for a copy.
    """
    for new, waiting in copies:
        if new.is_dir():
            shutil.copytree(new, waiting, copy_function=_copy)
        else:
            _copy(str(new), str(waiting))
    own = staged.folder.parent
    folders = {str(folder) for folder in (own, own.parent, *(waiting.parent for _, waiting in copies))}
    for top in (staged.folder, *(waiting for _, waiting in copies)):
        folders.update(folder for folder, _, _ in os.walk(top))
    for folder in folders:
        sync_folder(Path(folder))


def _copy(source: str, target: str) -> None:
    shutil.copy2(source, target)
    with open(target, "r+b") as copied:  # Windows flushes no file that is open only for reading
        os.fsync(copied.fileno())


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [file.name for file in folder.iterdir()]
    return []
