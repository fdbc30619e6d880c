"""Keeps reminders and scheduled messages that the user has not seen, in a file of the data folder.

CachiBot shows each of them once, and stores none: the database has no place for them.
"""

from __future__ import annotations

import functools
import json
import logging
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..files import quarantine, read_small_file, write_atomically

FILE = "reminders.json"
MOST_UNSEEN = 200
"""The oldest beyond this number are forgotten."""
MOST_CHATS = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminder:
    """A reminder or a scheduled message that was due."""

    id: str
    user: str
    """ID of the user whom it is for; empty if only CachiBot's administrators can be meant."""
    bot: str
    chat: str
    """ID of the chat in which the user asked for it; empty if unknown."""
    content: str
    due: str
    """When it was due, in ISO format."""


@dataclass
class _Content:
    unseen: list[Reminder] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    """The user of each chat that has asked for a reminder."""


class KeptReminders:
    """The unseen reminders. They are kept until the server ends, if the file cannot be written."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE

    @property
    def unseen(self) -> list[Reminder]:
        """The unseen reminders of all users, the oldest first."""
        return list(self._content.unseen)

    def add(self, user: str, bot: str, chat: str, content: str, due: str) -> Reminder:
        """Keep a reminder. It replaces an unseen one with the same text, such as yesterday's."""
        reminder = Reminder(uuid.uuid4().hex, user, bot, chat, content, due)
        others = [each for each in self._content.unseen if not _says_the_same(each, reminder)]
        self._content.unseen = [*others, reminder][-MOST_UNSEEN:]
        self._write()
        return reminder

    def remove(self, seen: set[str]) -> None:
        """Forget the reminders with these IDs."""
        remaining = [each for each in self._content.unseen if each.id not in seen]
        if len(remaining) < len(self._content.unseen):
            self._content.unseen = remaining
            self._write()

    def user_of(self, chat: str) -> str:
        """Return the user who has asked for a reminder in this chat; empty if that is not known."""
        return self._content.users.get(chat, "")

    def set_user(self, chat: str, user: str) -> None:
        """Keep which user asks for a reminder in a chat."""
        users = self._content.users
        if users.pop(chat, None) == user:
            users[chat] = user  # now the newest
            return
        users[chat] = user
        for oldest in list(users)[:-MOST_CHATS]:
            del users[oldest]
        self._write()

    @functools.cached_property
    def _content(self) -> _Content:
        try:
            return _parse(json.loads(read_small_file(self._file)))
        except FileNotFoundError:
            return _Content()
        except (OSError, ValueError, TypeError) as problem:
            self._set_aside(problem)
            return _Content()

    def _set_aside(self, problem: Exception) -> None:
        try:
            name = quarantine(self._file).name
        except OSError:
            logger.exception("The reminders in %s cannot be read", self._file)
        else:
            logger.warning("The reminders in %s were damaged (%s), and are now in %s.", self._file, problem, name)

    def _write(self) -> None:
        try:
            write_atomically(self._file, json.dumps(asdict(self._content), indent=1) + "\n")
        except OSError as problem:
            logger.warning("Unseen reminders are kept only until CachiBot quits: %s", problem)


def _says_the_same(one: Reminder, other: Reminder) -> bool:
    return (one.user, one.bot, one.chat, one.content) == (other.user, other.bot, other.chat, other.content)


def _parse(content: Any) -> _Content:
    """Return the content of the file.

    Raises:
        ValueError, TypeError: the content is damaged.
    """
    if not isinstance(content, dict):
        raise TypeError("not an object")
    unseen = [Reminder(**each) for each in content["unseen"]] if "unseen" in content else []
    users = dict(content.get("users", {}))
    texts = [*users, *users.values(), *(text for each in unseen for text in asdict(each).values())]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not a text")
    return _Content(unseen, users)
