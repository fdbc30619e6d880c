"""A backup contains everything, and a file that is not a complete backup is refused with a reason."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cachibot_desktop.backups import create, restore
from cachibot_desktop.data import backup, backup_before_upgrade, work_folder
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from filled_home import PAGE, content, fill, places_of, unchecked_version  # noqa: F401 - a fixture
from server_process import ServerProcess, run_server, token_on_stdin
from systems import has_mode, needs_linux, needs_posix

pytestmark = pytest.mark.usefixtures("unchecked_version")

needs_links = needs_posix("links need a right on Windows")


@pytest.fixture(autouse=True)
def _flush_as_windows_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows flushes no file that is open only for reading."""
    if os.name != "posix":
        return
    import fcntl

    flush = os.fsync

    def flush_or_refuse(handle: int) -> None:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        if is_file and fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise PermissionError(errno.EACCES, "Permission denied")
        flush(handle)

    monkeypatch.setattr(os, "fsync", flush_or_refuse)


def restore_into(home: Path, file: Path, password: str | None = None) -> str | None:
    (home / ".cachibot").mkdir(parents=True, exist_ok=True)
    places = places_of(home)
    restore.prepare(places, file, password)
    return restore.finish(places.data)


def make(home: Path, text: str, rows: int, password: str | None = None) -> Path:
    fill(home, text, rows)
    file = home.parent / f"{text}.cachibot-backup"
    create.create(places_of(home), file, password)
    return file


@pytest.mark.parametrize("password", [None, "korrekt höre"])
def test_everything_is_there_in_the_empty_home_of_another_computer(
    home: Path, tmp_path: Path, password: str | None
) -> None:
    file = make(home, "saved", 20, password)
    assert has_mode(file, 0o600)
    other = tmp_path / "other"
    restore_into(other, file, password)
    expected = content(home)
    for name in ("CachiBot/work.txt", "CachiBot/Attachments/own.txt", "profile/Cache/data"):
        del expected[name]
    del expected[".cachibot/logs/cachibot.log"]
    assert content(other) == expected
    assert expected[".cachibot/cachibot.db"] == [("saved", 20)]
    assert has_mode(other / ".cachibot" / "master.key", 0o600)
    assert has_mode(other / "CachiBot" / ".env", 0o600)


def test_an_automatic_copy_restores_the_page_s_storage_with_the_database(home: Path) -> None:
    fill(home, "older", 20)
    before = content(home)
    backup_before_upgrade.back_up_if_version_changed(
        home / ".cachibot" / "cachibot.db", home / ".cachibot", "2.0.0", profile=home / "profile"
    )
    (copy,) = (home / ".cachibot" / "backups").glob("*.db")
    shutil.rmtree(home / "profile")
    fill(home, "newer", 150)
    newer = content(home)
    restore_into(home, copy)
    changed = {name for name, text in content(home).items() if newer.get(name) != text}
    assert changed == {".cachibot/cachibot.db", f"profile/{PAGE}/older.log"}
    assert {name: content(home)[name] for name in changed} == {name: before[name] for name in changed}
    assert not (home / "profile" / PAGE / "newer.log").exists()
    (undo,) = (home / ".cachibot" / "backups").glob("before-restore-*")
    restore_into(home, undo)
    assert content(home) == newer


def test_an_encrypted_backup_shows_nothing(home: Path) -> None:
    file = make(home, "secret-text", 20, "password")
    assert b"secret-text" not in file.read_bytes()
    with zipfile.ZipFile(file) as opened:
        assert set(opened.namelist()) == {
            "header.json",
            *(f"encrypted/{number}" for number in range(len(opened.namelist()) - 1)),
        }


def test_a_restore_replaces_everything_and_can_be_undone(home: Path) -> None:
    file = make(home, "older", 20)
    before = content(home)
    shutil.rmtree(home)
    fill(home, "newer", 150)
    newer = content(home)
    message = restore_into(home, file)
    assert content(home) == before
    (undo,) = (home / ".cachibot" / "backups").iterdir()
    assert message == f"Restored {file}. To undo that, restore {undo}."
    restore_into(home, undo)
    assert content(home) == newer


@needs_posix("Windows has no pipes in folders")
@pytest.mark.parametrize("linked", [False, True])
def test_the_pipe_of_a_password_manager_stays(home: Path, tmp_path: Path, *, linked: bool) -> None:
    file = make(home, "older", 20)
    env = home / "CachiBot" / ".env"
    env.unlink()
    pipe = tmp_path / "pipe" if linked else env
    os.mkfifo(pipe)
    if linked:
        env.symlink_to(pipe)
    assert restore_into(home, file)
    assert pipe.is_fifo()
    assert env.is_fifo()


def test_attached_files_are_restored_to_the_chosen_work_folder_one_by_one(home: Path, tmp_path: Path) -> None:
    project = tmp_path / "Project"
    attached = project / "Attachments"
    attached.mkdir(parents=True)
    fill(home, "older", 3)
    work_folder.choose(home / ".cachibot", project)
    (attached / "a.txt").write_text("in the project")
    file = tmp_path / "all"
    create.create(places_of(home), file)
    shutil.rmtree(home)
    fill(home, "newer", 3)
    (attached / "a.txt").write_text("changed")
    (attached / "later.txt").write_text("later")
    restore_into(home, file)
    assert {name.name: name.read_text() for name in attached.iterdir()} == {
        "a.txt": "changed",
        "later.txt": "later",
    }, "the backup before the restore lacks it, because the agent worked in another folder"
    assert (home / "CachiBot/Attachments/a.txt").read_text() == "attached newer"

    os.chdir(tmp_path)  # Windows does not remove the current folder of a program
    shutil.rmtree(project)  # as on another computer
    restore_into(home, file)
    assert (home / "CachiBot/Attachments/a.txt").read_text() == "in the project"


@needs_links
def test_a_link_among_the_attached_files_stays_and_so_does_its_target(home: Path, tmp_path: Path) -> None:
    file = make(home, "older", 3)
    attached, outside = home / "CachiBot/Attachments/a.txt", tmp_path / "outside.txt"
    attached.unlink()
    outside.write_text("the user's own")
    attached.symlink_to(outside)
    restore_into(home, file)
    assert attached.is_symlink()
    assert outside.read_text() == "the user's own"


@needs_links
def test_attached_files_on_another_disk_are_in_the_backup(home: Path, tmp_path: Path) -> None:
    fill(home, "older", 3)
    (home / "CachiBot/Attachments").rename(tmp_path / "moved")
    (home / "CachiBot/Attachments").symlink_to(tmp_path / "moved")
    create.create(places_of(home), home / "all")
    with zipfile.ZipFile(home / "all") as opened:
        assert [name for name in opened.namelist() if name.startswith("attachments/")] == ["attachments/a.txt"]


def test_an_attached_file_that_cannot_be_read_is_left_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = make(home, "older", 3)
    fill(home, "newer", 3)
    attached = home / "CachiBot/Attachments/a.txt"
    opened = Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if path == attached:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *args, **options)

    with monkeypatch.context() as patches:
        patches.setattr(Path, "open", refuse)
        message = create.create(places_of(home), tmp_path / "all")
        restore_into(home, older)
    assert message.endswith(" It lacks attached files that can't be read: a.txt.")
    assert attached.read_text() == "attached newer", "the backup before the restore lacks it, too"
    assert content(home)[".cachibot/cachibot.db"] == [("older", 3)]


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ENOENT])
@pytest.mark.parametrize("since", ["_add_database", "_add_attached"])
def test_an_attached_file_that_cannot_be_read_for_a_moment_is_named_and_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since: str, error: int
) -> None:
    older = make(home, "older", 3)
    fill(home, "newer", 3)
    attached = home / "CachiBot/Attachments/a.txt"
    opened, begin, end = Path.open, getattr(create, since), create._add_record
    failing = False

    def open_if_possible(path: Path, *args: Any, **options: Any) -> Any:
        if path == attached and failing:
            raise OSError(error, os.strerror(error), str(path))
        return opened(path, *args, **options)

    def set_failing(function: Any, *, value: bool) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal failing
            failing = value
            return function(*args, **options)

        return call

    monkeypatch.setattr(Path, "open", open_if_possible)
    monkeypatch.setattr(create, since, set_failing(begin, value=True))
    monkeypatch.setattr(create, "_add_record", set_failing(end, value=False))
    message = create.create(places_of(home), tmp_path / "all")
    assert message.endswith(" It lacks attached files that can't be read: a.txt.")
    restore_into(home, older)
    assert attached.read_text() == "attached newer", "the backup before the restore lacks it, too"
    assert content(home)[".cachibot/cachibot.db"] == [("older", 3)]


def test_an_attached_file_that_is_removed_meanwhile_is_not_missing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home, "newer", 3)
    add = create._add_attached

    def remove_first(writer: Any, source: Any, copy: Path) -> bool:
        source.file.unlink()
        return add(writer, source, copy)

    monkeypatch.setattr(create, "_add_attached", remove_first)
    assert "It lacks" not in create.create(places_of(home), tmp_path / "all")


class Broken:
    """A file on a disk that fails after its first byte."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> Any:
        if size == 1:
            return self._file.read(1)
        raise OSError(errno.EIO, "Input/output error")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Broken:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@pytest.mark.parametrize("password", [None, "password"])
@pytest.mark.parametrize("damaged", ["CachiBot/Attachments/a.txt", ".cachibot.toml"])
def test_a_disk_that_fails_in_the_middle_of_a_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: str, password: str | None
) -> None:
    older = make(home, "older", 3)
    fill(home, "newer", 3)
    file, opened = home / damaged, Path.open

    def open_broken(path: Path, *args: Any, **options: Any) -> Any:
        found = opened(path, *args, **options)
        return Broken(found) if path == file else found

    with monkeypatch.context() as patches:
        patches.setattr(Path, "open", open_broken)
        if file.name == "a.txt":
            message = create.create(places_of(home), tmp_path / "all", password)
            assert message.endswith(" It lacks attached files that can't be read: a.txt.")
            restore_into(home, older)
        else:
            with pytest.raises(KnownFailure, match="Input/output error") as caught:
                create.create(places_of(home), tmp_path / "all", password)
            assert str(file) in caught.value.line
            assert not (tmp_path / "all").exists()
    if file.name == "a.txt":
        assert file.read_text() == "attached newer", "the backup before the restore lacks it, too"
        shutil.rmtree(home)
        restore_into(home, tmp_path / "all", password)
        assert content(home)[".cachibot/master.key"] == "newer"
        assert not file.exists()


def test_a_damaged_database_is_kept_in_the_backup_before_the_restore(home: Path, tmp_path: Path) -> None:
    file = make(home, "older", 20)
    damaged = os.urandom(20_000)
    (home / ".cachibot" / "cachibot.db").write_bytes(damaged)
    (home / ".cachibot" / "cachibot.db-wal").unlink()  # it would repair this small database
    restore_into(home, file)
    assert content(home)[".cachibot/cachibot.db"] == [("older", 20)]
    (undo,) = (home / ".cachibot" / "backups").iterdir()
    with zipfile.ZipFile(undo) as opened:
        assert opened.read("database/cachibot.db") == damaged


def test_a_copy_of_the_database_alone_is_restored(home: Path) -> None:
    fill(home, "older", 20)
    backup.create(home / ".cachibot" / "cachibot.db", home / "copy.db")
    fill(home, "newer", 150)
    restore_into(home, home / "copy.db")
    found = content(home)
    assert found[".cachibot/cachibot.db"] == [("older", 20)]
    assert found[".cachibot/master.key"] == "newer"


def damage(change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    def apply(file: Path) -> None:
        data = bytearray(file.read_bytes())
        change(data)
        file.write_bytes(data)

    return apply


def rewrite(change: Callable[[dict[str, bytes]], object]) -> Callable[[Path], None]:
    """Return a function that writes the archive again with other content, and correct checksums."""

    def apply(file: Path) -> None:
        with zipfile.ZipFile(file) as opened:
            entries = {name: opened.read(name) for name in opened.namelist()}
        change(entries)
        with zipfile.ZipFile(file, "w") as written:
            for name, data in entries.items():
                written.writestr(name, data)

    return apply


def in_json(name: str, change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def apply(entries: dict[str, bytes]) -> None:
        found = json.loads(entries[name])
        change(found)
        entries[name] = json.dumps(found).encode()

    return rewrite(apply)


def add_file(name: str) -> Callable[[Path], None]:
    entry = {"name": name, "size": 0, "sha256": "", "executable": True}
    return in_json("manifest.json", lambda found: found["files"].append(entry))  # type: ignore[attr-defined]


REFUSED: dict[str, tuple[Callable[[Path], object], ExitCode, str]] = {
    "empty": (lambda file: file.write_bytes(b""), ExitCode.BACKUP_UNUSABLE, "damaged or incomplete"),
    "no backup": (lambda file: file.write_text("hello"), ExitCode.BACKUP_UNUSABLE, "damaged or incomplete"),
    "missing": (lambda file: file.unlink(), ExitCode.BACKUP_UNUSABLE, "No such file"),
    "cut in half": (
        damage(lambda data: data.__delitem__(slice(len(data) // 2, None))),
        ExitCode.BACKUP_UNUSABLE,
        "damaged",
    ),
    "cut by a byte": (damage(lambda data: data.pop()), ExitCode.BACKUP_UNUSABLE, "damaged or incomplete"),
    "another archive": (rewrite(lambda entries: entries.pop("header.json")), ExitCode.BACKUP_UNUSABLE, "damaged"),
    "newer": (in_json("header.json", lambda found: found.update(version=2)), ExitCode.DATABASE_NEWER, "newer version"),
    "changed": (
        rewrite(lambda entries: entries.update({"data/master.key": b"forged"})),
        ExitCode.BACKUP_UNUSABLE,
        "data/master.key has another content",
    ),
    "without a file": (
        rewrite(lambda entries: entries.pop("database/cachibot.db")),
        ExitCode.BACKUP_UNUSABLE,
        "damaged",
    ),
    "fewer rows": (
        in_json("manifest.json", lambda found: found.update(rows={"notes": 21})),
        ExitCode.BACKUP_UNUSABLE,
        "incomplete",
    ),
    "outside": (add_file("data/../../evil"), ExitCode.BACKUP_UNUSABLE, "unknown file"),
    "absolute": (add_file("data//etc/evil"), ExitCode.BACKUP_UNUSABLE, "unknown file"),
    "elsewhere": (add_file("home/.bashrc"), ExitCode.BACKUP_UNUSABLE, "unknown file"),
    "another file of the profile": (add_file("shell/Cookies"), ExitCode.BACKUP_UNUSABLE, "unknown file"),
    "the journal": (add_file("data/restore.json"), ExitCode.BACKUP_UNUSABLE, "unknown file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_unusable_backup_is_refused_and_changes_nothing(home: Path, case: str) -> None:
    change, code, words = REFUSED[case]
    file = make(home, "older", 20)
    change(file)
    before = content(home)
    with pytest.raises(KnownFailure, match=words) as raised:
        restore_into(home, file)
    assert raised.value.code is code
    assert "Nothing was changed" in raised.value.line
    assert content(home) == before
    assert not list((home / ".cachibot").glob(".cachibot-restore*"))


@pytest.mark.left_to_ci
def test_every_damaged_byte_is_noticed(home: Path) -> None:
    """Each byte of the content, of the names and of the lists; other bytes of the format make no difference."""
    for password in (None, "password"):
        good = make(home, f"older{password}", 2, password)
        original = good.read_bytes()
        expected = None
        for at in range(0, len(original), max(1, len(original) // 50)):
            damage(lambda data, at=at: data.__setitem__(at, data[at] ^ 0xFF))(good)  # type: ignore[misc]
            try:
                restore_into(home, good, password)
            except KnownFailure as failure:
                assert failure.code in (ExitCode.BACKUP_UNUSABLE, ExitCode.WRONG_PASSWORD), at
            else:
                expected = expected or content(home)
                assert content(home) == expected, at
            good.write_bytes(original)


@pytest.mark.parametrize("password", [None, "", "another"])
def test_a_wrong_password_is_refused(home: Path, password: str | None) -> None:
    file = make(home, "older", 20, "right")
    with pytest.raises(KnownFailure, match="password") as raised:
        restore_into(home, file, password)
    assert raised.value.code is ExitCode.WRONG_PASSWORD


def test_a_damaged_encrypted_backup_is_not_a_wrong_password(home: Path) -> None:
    file = make(home, "older", 20, "right")
    change = damage(lambda data: data.__setitem__(len(data) // 2, data[len(data) // 2] ^ 1))
    change(file)
    with pytest.raises(KnownFailure, match="damaged") as raised:
        restore_into(home, file, "right")
    assert raised.value.code is ExitCode.BACKUP_UNUSABLE


NAMES = [
    pytest.param("who? #1 100%", marks=needs_posix("Windows does not allow question marks in file names")),
    "#1 100%",
    "e\u0301 and \u00e9",
    "日本 \N{GRINNING FACE}",
    "o'clock; DROP",
    "-rf ~",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_home_and_file(tmp_path: Path, name: str) -> None:
    home = tmp_path / name / "home"
    home.mkdir(parents=True)
    file = make(home, name, 20)
    assert (home / ".cachibot" / "uploads" / f"{name}.pdf").exists()
    other = tmp_path / f"other {name}"
    restore_into(other, file)
    assert content(other)[".cachibot/cachibot.db"] == [(name, 20)]
    assert (other / ".cachibot" / "uploads" / f"{name}.pdf").exists()


def test_names_that_differ_only_in_composition_stay_apart(home: Path) -> None:
    fill(home, "older", 20)
    names = ["\u00e9.txt", "e\u0301.txt", "A.txt", "a.txt"]
    for name in names:
        (home / ".cachibot" / "uploads" / name).write_text(ascii(name))
    before = content(home)
    create.create(places_of(home), home / "all")
    shutil.rmtree(home / ".cachibot")
    restore_into(home, home / "all")
    del before[".cachibot/logs/cachibot.log"]
    assert content(home) == before


@needs_linux("other systems have no such names")
def test_a_name_that_is_not_utf_8(home: Path) -> None:
    fill(home, "older", 20)
    name = os.fsdecode(b"caf\xe9.txt")
    (home / ".cachibot" / "uploads" / name).write_text("latin 1")
    create.create(places_of(home), home / "all")
    shutil.rmtree(home / ".cachibot")
    restore_into(home, home / "all")
    assert (home / ".cachibot" / "uploads" / name).read_text() == "latin 1"


@needs_links
def test_links_anywhere_on_the_way(home: Path, tmp_path: Path) -> None:
    """The user has moved the data, the uploads, a key and the database to other disks."""
    file = make(home, "older", 20)
    before = content(home)
    other = tmp_path / "other"
    moved = tmp_path / "moved"
    for place in ("data", "uploads", "keys", "db", "profile"):
        (moved / place).mkdir(parents=True)
    other.mkdir()
    (other / ".cachibot").symlink_to(moved / "data")
    (other / "profile").symlink_to(moved / "profile")
    (moved / "data" / "uploads").symlink_to(moved / "uploads")
    (moved / "uploads" / "later.pdf").write_text("made after the backup")
    (moved / "keys" / "key").write_text("another")
    (moved / "data" / "master.key").symlink_to(moved / "keys" / "key")
    sqlite3.connect(moved / "db" / "real.db").close()
    (moved / "data" / "cachibot.db").symlink_to(moved / "db" / "real.db")
    restore_into(other, file)
    found = content(other)
    assert {name: before[name] for name in found if name.startswith((".cachibot", "profile"))} == {
        name: found[name] for name in found if name.startswith((".cachibot", "profile"))
    }
    assert (moved / "keys" / "key").read_text() == "older"
    assert sorted(path.name for path in (moved / "uploads").iterdir()) == ["older.pdf"]
    with closing(sqlite3.connect(moved / "db" / "real.db")) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (20,)
    for link in ("cachibot.db", "uploads", "master.key"):
        assert (moved / "data" / link).is_symlink()


@needs_links
def test_a_circle_of_links_is_left(home: Path) -> None:
    fill(home, "older", 20)
    (home / ".cachibot" / "uploads" / "up").symlink_to(home / ".cachibot" / "uploads")
    create.create(places_of(home), home / "all")
    with zipfile.ZipFile(home / "all") as opened:
        assert [name for name in opened.namelist() if "/up/" in name] == []


def test_a_backup_never_replaces_a_file(home: Path) -> None:
    file = make(home, "older", 20)
    size = file.stat().st_size
    with pytest.raises(KnownFailure, match="already exists"):
        create.create(places_of(home), file)
    assert file.stat().st_size == size


class TestCommands:
    """The server's own commands, as the app runs them."""

    @pytest.mark.left_to_ci
    def test_a_restore_is_refused_while_a_server_runs(self, home: Path, start: Callable[..., ServerProcess]) -> None:
        server = start()
        server.wait_until_ready()
        server.sign_up()
        file = home / "all.cachibot-backup"
        made = run_server(home, "--back-up-all", str(file), CACHIBOT_WORKSPACE=str(home / "CachiBot"))
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout.startswith("Saved ")
        refused = run_server(home, "--restore", str(file))
        assert refused.returncode == ExitCode.DATA_IN_USE
        assert "CachiBot is already running" in refused.stderr
        server.kill()

        other = home / "other"
        other.mkdir()
        restored = run_server(other, "--restore", str(file), CACHIBOT_WORKSPACE=str(other / "CachiBot"))
        assert restored.returncode == 0, restored.stderr
        with closing(sqlite3.connect(other / ".cachibot" / "cachibot.db")) as connection:
            assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]

    @pytest.mark.left_to_ci
    def test_a_prepared_restore_is_finished_by_the_next_server(
        self, home: Path, start: Callable[..., ServerProcess]
    ) -> None:
        first = start()
        first.wait_until_ready()
        first.sign_up()
        assert first.stop() == 0
        file = home / "all.cachibot-backup"
        with token_on_stdin(b"my password\n") as stdin:
            made = run_server(home, "--back-up-all", str(file), "--password-stdin", stdin=stdin)
        assert made.returncode == 0, made.stderr
        with closing(sqlite3.connect(first.data / "cachibot.db")) as connection:
            connection.execute("DELETE FROM users")
            connection.commit()
        profile = home / "profile" / PAGE
        profile.mkdir(parents=True)
        with token_on_stdin(b"my password\n") as stdin:
            ready = run_server(home, "--prepare-restore", str(file), "--password-stdin", stdin=stdin)
        assert ready.returncode == 0, ready.stderr
        second = start()
        second.wait_until_ready()
        assert f"Restored {file}." in second.stderr
        with closing(sqlite3.connect(first.data / "cachibot.db")) as connection:
            assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]

    @pytest.mark.left_to_ci
    def test_a_newer_schema_is_refused(self, home: Path) -> None:
        file = home / "newer.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE users (id, name_of_the_future)")
            connection.execute("CREATE TABLE groups (id)")
            connection.commit()
        refused = run_server(home, "--restore", str(file))
        assert refused.returncode == ExitCode.DATABASE_NEWER, refused.stderr
        assert "made by a newer version" in refused.stderr
        assert not (home / ".cachibot" / "cachibot.db").exists()
