"""A home with everything that belongs to a backup, in two versions, without a server."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.backups import create
from cachibot_desktop.backups.places import Places
from cachibot_desktop.data import database

PAGE = "Partitions/cachibot/Local Storage/leveldb"


def places_of(home: Path) -> Places:
    return Places(home, home / "CachiBot", database.locate(home, home / "CachiBot"), home / "profile")


def fill(home: Path, text: str, rows: int) -> None:
    """Write data that contains `text`, and a database with that number of rows, the last of them in its log."""
    files = {
        ".cachibot/master.key": text,
        ".cachibot/account.secret": text,
        ".cachibot/desktop.json": '{"cachibot": "0.3.0"}',
        f".cachibot/uploads/{text}.pdf": text * 1000,
        ".cachibot/logs/cachibot.log": "not saved",
        ".cachibot.toml": f"# {text}",
        "CachiBot/.env": f"OPENAI_API_KEY={text}",
        "CachiBot/work.txt": "the user's own",
        ".cachibot/attachments.json": '{"a.txt": "its hash"}',
        "CachiBot/Attachments/a.txt": f"attached {text}",
        "CachiBot/Attachments/own.txt": "the user's own",
        "profile/settings.json": f'{{"{text}": 1}}',
        f"profile/{PAGE}/CURRENT": "MANIFEST-000001\n",
        f"profile/{PAGE}/{text}.log": text,
        f"profile/{PAGE}/LOCK": "",
        "profile/Cache/data": "not saved",
    }
    for name, content in files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(content, encoding="utf-8")
    for name in (".cachibot/cachibot.db", ".prompture/usage/usage.db"):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_rows(file, text, rows)


def back_up_and_fill_again(home: Path, file: Path) -> tuple[dict[str, object], dict[str, object]]:
    """Back up older data into `file`, and replace it with newer data. Return the contents of both."""
    fill(home, "older", 20)
    create.create(places_of(home), file)
    older = content(home)
    shutil.rmtree(home)
    fill(home, "newer", 150)
    return older, content(home)


def write_rows(file: Path, text: str, rows: int) -> None:
    """Write rows as a server that is then killed: they are in the log.

    SQLite applies the log when a database is closed, so the files are those of a copy that is still open.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        pairs = [(file.with_name(file.name + end), copy.with_name(copy.name + end)) for end in ("", "-wal")]
        for original, copied in pairs:
            if original.exists():
                shutil.copyfile(original, copied)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE IF NOT EXISTS notes (text)")
            connection.executemany("INSERT INTO notes VALUES (?)", [(text,)] * rows)
            connection.commit()
            for original, copied in pairs:
                shutil.copyfile(copied, original)


def content(home: Path) -> dict[str, object]:
    """Return everything that a restore replaces: the text of each file, the rows of each database."""
    found: dict[str, object] = {}
    kept = [".cachibot", ".cachibot.toml", "CachiBot", "profile", ".prompture"]
    for file in (file for name in kept for file in _files(home / name)):
        name = file.relative_to(home).as_posix()
        if name.startswith(
            (".cachibot/backups", ".cachibot/desktop.json", ".cachibot/.restore.json.")
        ) or name.endswith(("-wal", "-shm", "LOCK", "probe")):
            continue
        if file.suffix == ".db":
            with closing(sqlite3.connect(file)) as connection:
                found[name] = connection.execute("SELECT text, count(*) FROM notes GROUP BY text").fetchall()
        else:
            found[name] = file.read_text(encoding="utf-8", errors="surrogateescape")
    return found


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
    elif top.is_dir():
        for child in sorted(top.iterdir()):
            yield from _files(child)


@pytest.fixture
def unchecked_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the check that needs cachibot's models, whose import takes seconds."""
    monkeypatch.setattr(database, "check_version", lambda *_args: None)
