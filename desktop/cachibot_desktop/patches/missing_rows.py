"""Makes chats work in a fresh install.

Messages have foreign keys to `bots` and `chats`, and they are enforced. If the UI created
the bot and the chat, nothing inserts these rows: the first message fails with "FOREIGN KEY
constraint failed", and the UI shows nothing. Documents, notes, contacts and everything else
that belongs to such a bot fail in the same way.

A hook on the session inserts the rows that new objects refer to. The schema does not
change, so stock cachibot can open the database. The UI's next sync sets name and model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Add the hook to every session of this process."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    event.listen(Session, "before_flush", add_missing_rows)


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
                # SQLite's default of the last two is the text "false", which no query of cachibot finds.
                _insert(session, Chat, id=chat, bot_id=owner, title="Chat", pinned=False, archived=False)


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
