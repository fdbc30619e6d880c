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
