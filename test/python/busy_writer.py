"""Changes a database in every way that affects its log, until it is killed: busy_writer.py DATABASE SEED."""

from __future__ import annotations

import random
import sqlite3
import sys
import threading

FILE, SEED = sys.argv[1], int(sys.argv[2])


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(FILE, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={random.Random(SEED).choice([5, 40, 1000])}")
    connection.execute("PRAGMA synchronous=OFF")  # only the process is killed, not the computer
    connection.execute("PRAGMA cache_size=20")  # writes uncommitted changes to the log, too
    return connection


def act(connection: sqlite3.Connection, dice: random.Random) -> None:
    text = "x" * dice.choice([10, 900, 9000])
    kind = dice.randrange(12)
    if kind < 7:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO notes VALUES (?)", [(text,)] * dice.choice([1, 3, 200]))
        connection.execute("UPDATE counter SET n = n + 1")
        connection.execute(dice.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
    elif kind == 7:
        connection.execute("DELETE FROM notes WHERE rowid % 3 = ?", (dice.randrange(3),))
    elif kind == 8:
        name = f"t{dice.randrange(4)}"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} (x)")
        connection.execute(f"INSERT INTO {name} VALUES (zeroblob(50000))")
        connection.execute(f"DROP TABLE {name}")
    elif kind == 9:
        connection.execute("UPDATE notes SET text = text || 'y' WHERE rowid % 7 = 0")
    elif kind == 10:
        connection.execute(f"PRAGMA wal_checkpoint({dice.choice(['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'])})")
    elif dice.randrange(8) == 0:
        connection.execute("VACUUM")


def work(number: int) -> None:
    dice = random.Random(SEED * 10 + number)
    connection = connect()
    reader = connect()
    while True:
        if dice.randrange(4) == 0:
            # A read transaction that stays open prevents a complete checkpoint.
            reader.execute("BEGIN" if not reader.in_transaction else "COMMIT")
            if reader.in_transaction:
                reader.execute("SELECT count(*) FROM counter").fetchone()
        try:
            act(connection, dice)
        except sqlite3.OperationalError:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if dice.randrange(30) == 0:
            connection.close()
            connection = connect()


first = connect()
first.execute("CREATE TABLE IF NOT EXISTS notes (text)")
first.execute("CREATE TABLE IF NOT EXISTS counter (n)")
first.execute("INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT * FROM counter)")
print("writing", flush=True)
for number in range(3):
    threading.Thread(target=work, args=(number,)).start()
