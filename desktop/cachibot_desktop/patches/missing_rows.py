"""A fresh install can chat.

Messages have foreign keys to `bots` and `chats`, enforced. For a bot and a chat that the
UI began on its own nothing creates these rows: the answer to the first message is
"FOREIGN KEY constraint failed", and the UI shows nothing. Documents, notes, contacts and
all else that belongs to such a bot fail in the same way.

A hook on the session adds the rows that new objects point to. Nothing of it is in the
database, which stock cachibot opens as ever. The UI's next sync fills in name and model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Hook into every session of this process."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    event.listen(Session, "before_flush", add_missing_rows)


def add_missing_rows(session: Any, _context: object = None, _instances: object = None) -> None:
    """Insert the bots and chats that the session's new objects refer to, where they are missing."""
    from cachibot.storage.models.bot import Bot
    from cachibot.storage.models.chat import Chat

    news = list(session.new)
    coming = {(type(thing), thing.id) for thing in news if isinstance(thing, (Bot, Chat))}
    bots = {bot for thing in news for bot in _references(thing, "bots.id")}
    for bot in sorted(bots):
        if (Bot, bot) not in coming:
            _insert(session, Bot, id=bot, name=_name(bot), model="", system_prompt="", capabilities={})
    for thing in news:
        owner = getattr(thing, "bot_id", None)
        for chat in _references(thing, "chats.id"):
            if owner is not None and (Chat, chat) not in coming:
                _insert(session, Chat, id=chat, bot_id=owner, title="Chat")


def _insert(session: Any, table: Any, **values: object) -> None:
    """Insert unless the row is there, whoever has put it there, at this very moment too."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(**values).on_conflict_do_nothing())


def _references(thing: Any, target: str) -> Iterator[str]:
    for column in thing.__table__.columns:
        if any(key.target_fullname == target for key in column.foreign_keys):
            value = getattr(thing, column.name, None)
            if isinstance(value, str):
                yield value


def _name(bot: str) -> str:
    """The UI calls its first bot by the app's name; any other name it will tell us itself."""
    return "CachiBot" if bot == "default" else "Bot"


PATCH = Patch(
    name="missing rows",
    flaw="a fresh install cannot chat: FOREIGN KEY constraint failed",
    versions="0.2.60-0.3.0",
    apply=apply,
)
