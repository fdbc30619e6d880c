"""The patch `table_check`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import pytest

from cachibot_process import CachibotProcess

OPEN = """
    import tempfile
    from cachibot.storage import db
    from cachibot_desktop.data.database import known_schema, schema_of
    from sqlalchemy import create_engine, event
    engine = create_engine("sqlite:///" + tempfile.mkdtemp() + "/cachibot.db")
    queries = []
    event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    def open_database():
        queries.clear()
        with engine.begin() as connection:
            db.Base.metadata.create_all(connection)
            db._reconcile_schema(connection)
        return len(queries)
    def schema():
        with engine.connect() as connection:
            return schema_of(connection.connection.dbapi_connection)
    def change(statement):
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    new = open_database()
"""

AGAIN = OPEN + "    answer = [open_database(), schema() == known_schema()]"


def test_flaw(stock: CachibotProcess) -> None:
    count, complete = stock.run(AGAIN)
    assert count > 100
    assert complete


def test_patch(patched: CachibotProcess) -> None:
    assert patched.run(AGAIN) == [2, True]


@pytest.mark.parametrize(
    "statement", ["DROP TABLE chats", "ALTER TABLE chats DROP COLUMN title", "ALTER TABLE bots RENAME TO other"]
)
def test_a_table_or_column_that_is_missing_is_added(patched: CachibotProcess, statement: str) -> None:
    assert patched.run(
        OPEN
        + f"""
    change({statement!r})
    missing = schema() != known_schema()
    open_database()
    found, known = schema(), known_schema()
    answer = [missing, all(found[table] >= columns for table, columns in known.items())]
"""
    ) == [True, True]


ODD_OBJECTS = (
    "CREATE TABLE gone (id INTEGER); CREATE VIEW of_a_missing_table AS SELECT id FROM gone; DROP TABLE gone;",
    "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES"
    " ('table', 'vectors', 'vectors', 0, 'CREATE VIRTUAL TABLE vectors USING a_missing_module(id)');",
)
"""Objects whose columns SQLite cannot list."""


@pytest.mark.parametrize("script", ODD_OBJECTS)
def test_an_object_that_sqlite_cannot_describe_does_not_stop_the_start(patched: CachibotProcess, script: str) -> None:
    assert patched.run(
        OPEN
        + f"""
    import sqlite3
    from contextlib import closing
    engine.dispose()
    with closing(sqlite3.connect(engine.url.database)) as connection:
        connection.executescript({script!r})
    answer = [open_database(), schema().keys() == known_schema().keys()]
"""
    ) == [2, True]


def test_a_query_that_fails_leaves_the_check_to_cachibot(patched: CachibotProcess) -> None:
    assert patched.run(
        OPEN
        + """
    from cachibot_desktop.patches import table_check
    original, table_check._COLUMNS = table_check._COLUMNS, "SELECT * FROM missing"
    try:
        answer = open_database() > 100
    finally:
        table_check._COLUMNS = original
"""
    )
