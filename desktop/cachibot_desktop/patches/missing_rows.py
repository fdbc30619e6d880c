"""Makes chats work in a fresh install.

Messages have foreign keys to `bots` and `chats`, and they are enforced. If the UI created
the bot and the chat, nothing inserts these rows: the first message fails with "FOREIGN KEY
constraint failed", and the UI shows nothing. Documents, notes, contacts and everything else
that belongs to such a bot fail in the same way.

A hook on the session inserts the rows that new objects refer to. The schema does not
change, so stock cachibot can open the database. The UI's next sync sets name and model.

Earlier builds of the app left out two columns of a chat, whose default in SQLite is the text
"false". No query of cachibot finds that chat, so it is corrected at startup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

_FLAGS = ("pinned", "archived")
"""Columns of chats whose default in SQLite is a text."""


def apply(_launch: LaunchOptions) -> None:
    """Add the hook to every session of this process, and correct earlier rows when cachibot opens the database."""
    from cachibot.api import server
    from cachibot.storage import db
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    event.listen(Session, "before_flush", add_missing_rows)
    init = db.init_db

    async def init_db() -> None:
        await init()
        await correct_earlier_rows()

    # cachibot's functions look the name up in these modules, which do not export it.
    for module in (db, server):
        vars(module)["init_db"] = init_db


async def correct_earlier_rows() -> None:
    """Make the chats visible that earlier builds of the app inserted. Writes nothing if there are none."""
    from cachibot.storage import db
    from cachibot.storage.models.chat import Chat
    from sqlalchemy import String, cast, select, update

    if db.db_type != "sqlite":
        return
    table = Chat.__table__
    async with db.ensure_initialized()() as session:
        for flag in _FLAGS:
            wrong = cast(table.c[flag], String) == "false"
            if (await session.execute(select(table.c.id).where(wrong).limit(1))).first():
                await session.execute(update(table).where(wrong).values({flag: False}))
        await session.commit()


def add_missing_rows(session: Any, _context: object = None, _instances: object = None) -> None:
    """Insert the bots and chats that the session's new objects refer to, if they are missing."""
    from cachibot.storage.models.bot import Bot
    from cachibot.storage.models.chat import Chat

    new = list(session.new)
    about_to_be_inserted = {(type(row), row.id) for row in new if isinstance(row, (Bot, Chat))}
    bots = {bot for row in new for bot in _references(row, "bots.id")}
    for bot in sorted(bots):
        if (Bot, bot) not in about_to_be_inserted:
            _insert(session, Bot, id=bot, name=_name(bot), model="", system_prompt="", capabilities={})
    for row in new:
        owner = getattr(row, "bot_id", None)
        for chat in _references(row, "chats.id"):
            if owner is not None and (Chat, chat) not in about_to_be_inserted:
                _insert(session, Chat, id=chat, bot_id=owner, title="Chat", **dict.fromkeys(_FLAGS, False))


def _insert(session: Any, table: Any, **values: object) -> None:
    """Insert a row unless it exists. Safe if another connection inserts it at the same time."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(**values).on_conflict_do_nothing())


def _references(row: Any, target: str) -> Iterator[str]:
    for column in row.__table__.columns:
        if any(key.target_fullname == target for key in column.foreign_keys):
            value = getattr(row, column.name, None)
            if isinstance(value, str):
                yield value


def _name(bot: str) -> str:
    """Return a name for a bot until the UI's next sync. The UI names its first bot CachiBot."""
    return "CachiBot" if bot == "default" else "Bot"


PATCH = Patch(
    name="missing rows",
    flaw="a fresh install cannot chat: FOREIGN KEY constraint failed",
    versions="0.2.60-0.3.0",
    apply=apply,
)
