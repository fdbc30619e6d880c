"""Write chats with the first bot into the database of a server that is stopped: `fill_messages.py FILE COUNT`."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

MESSAGES_PER_CHAT = 50
TEXT = "A sentence of a conversation with a bot. " * 5


def required_columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return a value for each column of the table that has no default and may not be empty."""
    columns = connection.execute(f"PRAGMA table_info({table})")
    return {
        name: datetime.now(UTC).isoformat(sep=" ") if "DATE" in kind.upper() else "{}" if kind == "JSON" else "x"
        for _, name, kind, required, default, _ in columns
        if required and default is None
    }


def insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, str]]) -> None:
    """Insert rows; columns that a row does not have get a value if they need one."""
    needed = required_columns(connection, table)
    for row in rows:
        values = {**needed, **row}
        marks = ", ".join("?" for _ in values)
        statement = f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 (own names)
        connection.execute(statement, tuple(values.values()))


def main(file: str, count: int) -> None:
    """Fill the database."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with closing(sqlite3.connect(file)) as connection, connection:
        (bot,) = connection.execute("SELECT id FROM bots LIMIT 1").fetchone()
        chats = range(-(-count // MESSAGES_PER_CHAT))
        insert(connection, "chats", ({"id": f"chat-{chat}", "bot_id": bot, "title": f"Chat {chat}"} for chat in chats))
        insert(
            connection,
            "bot_messages",
            (
                {
                    "id": f"message-{number}",
                    "bot_id": bot,
                    "chat_id": f"chat-{number // MESSAGES_PER_CHAT}",
                    "role": "user" if number % 2 == 0 else "assistant",
                    "content": TEXT,
                    "timestamp": (start + timedelta(seconds=number)).isoformat(sep=" "),
                }
                for number in range(count)
            ),
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
