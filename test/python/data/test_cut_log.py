"""After a power cut the write-ahead log may end anywhere. Each change that was committed before that place is there."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cachibot_desktop.data import backup, database

TRANSACTIONS = 40
FRAME_BYTES = 24 + 4096
HEADER_BYTES = 32
RANDOM_CUTS = 200


def make_log(folder: Path) -> tuple[Path, list[int]]:
    """Write a database and a log of `TRANSACTIONS` transactions. Return it and the length of the log after each."""
    file = folder / "cachibot.db"
    lengths = []
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("CREATE TABLE notes (number INTEGER, text)")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(TRANSACTIONS):
            connection.execute("INSERT INTO notes VALUES (?, ?)", (number, "x" * (number * 300)))
            connection.commit()
            lengths.append((folder / "cachibot.db-wal").stat().st_size)
        shutil.copy(file, folder / "kept.db")
        shutil.copy(folder / "cachibot.db-wal", folder / "kept.db-wal")
    return folder / "kept.db", lengths


@pytest.mark.left_to_ci
def test_a_log_that_is_cut_anywhere_keeps_every_earlier_transaction(tmp_path: Path) -> None:
    kept, lengths = make_log(tmp_path)
    log = kept.with_name("kept.db-wal").read_bytes()
    assert (len(log) - HEADER_BYTES) % FRAME_BYTES == 0
    boundaries = range(HEADER_BYTES, len(log) + 1, FRAME_BYTES)
    cuts = {cut for boundary in boundaries for cut in (boundary - 1, boundary, boundary + 1)}
    cuts |= {random.randrange(len(log)) for _ in range(RANDOM_CUTS)}
    for cut in sorted(cuts):
        folder = tmp_path / "cut"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / "cachibot.db"
        shutil.copy(kept, file)
        file.with_name("cachibot.db-wal").write_bytes(log[:cut])
        expected = sum(length <= cut for length in lengths)
        assert database.prepare(file, None) is None, f"the log cut at {cut} was taken for another database's"
        backup.create(file, folder / "copy.db")
        for each in (folder / "copy.db", file):
            with closing(sqlite3.connect(each)) as connection:
                numbers = [number for (number,) in connection.execute("SELECT number FROM notes ORDER BY number")]
                assert numbers == list(range(expected)), (each.name, cut)
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_log_whose_last_writes_were_lost_keeps_the_transactions_before(tmp_path: Path) -> None:
    """A disk may write later blocks of the log and lose earlier ones, which are then zeros."""
    kept, lengths = make_log(tmp_path)
    log = kept.with_name("kept.db-wal").read_bytes()
    for _ in range(RANDOM_CUTS // 2):
        frame = random.randrange((len(log) - HEADER_BYTES) // FRAME_BYTES)
        at = HEADER_BYTES + frame * FRAME_BYTES
        file = tmp_path / "lost.db"
        for end in ("", "-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        shutil.copy(kept, file)
        file.with_name("lost.db-wal").write_bytes(log[:at] + bytes(4096) + log[at + 4096 :])
        database.prepare(file, None)
        with closing(sqlite3.connect(file)) as connection:
            numbers = [number for (number,) in connection.execute("SELECT number FROM notes ORDER BY number")]
        expected = sum(length <= at for length in lengths)
        assert numbers == list(range(expected)), frame
