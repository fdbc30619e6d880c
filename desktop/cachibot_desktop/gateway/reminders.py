"""Reminders and scheduled messages go to the pages of their user, again and again until the user has seen them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Protocol

from ..data.kept_reminders import KeptReminders, Reminder
from .chat_frames import Frame
from .login import Login


class Page(Protocol):
    """A WebSocket of the page."""

    def show(self, frame: Frame) -> None:
        """Send a frame to the page, after those before."""


class Reminders:
    """The unseen reminders, and the pages that show them."""

    def __init__(self, kept: KeptReminders) -> None:
        self.kept = kept
        self._pages: dict[Page, Login] = {}

    def add_page(self, page: Page, login: Login) -> None:
        """Show the user's unseen reminders in a page, and those that become due."""
        self._pages[page] = login
        for reminder in self.kept.unseen:
            if _is_for(login, reminder):
                page.show(_frame(reminder))

    def remove_page(self, page: Page) -> None:
        """Forget a page whose WebSocket has closed."""
        self._pages.pop(page, None)

    def fire(self, user: str, bot: str, chat: str, content: str, due: str) -> None:
        """Keep a reminder that is due, and show it in the pages of its user."""
        reminder = self.kept.add(user, bot, chat, content, due)
        for page, login in list(self._pages.items()):
            if _is_for(login, reminder):
                page.show(_frame(reminder))

    def receive(self, page: Page, frame: Frame) -> bool:
        """Handle a frame of a page; return whether it was one for this class."""
        login = self._pages.get(page)
        if login is None or frame["type"] != "reminders_seen":
            return False
        ids = frame["payload"].get("ids")
        seen = {each for each in ids if isinstance(each, str)} if isinstance(ids, list) else set()
        self.kept.remove({each.id for each in self.kept.unseen if each.id in seen and _is_for(login, each)})
        return True


@functools.cache
def reminders_in(data: Path) -> Reminders:
    """Return the reminders of a data folder: the same object for the gateway, and for the patch that fires them."""
    return Reminders(KeptReminders(data))


def _is_for(login: Login, reminder: Reminder) -> bool:
    return login.user_id == reminder.user if reminder.user else login.is_administrator


def _frame(reminder: Reminder) -> Frame:
    payload = {"id": reminder.id, "botId": reminder.bot, "content": reminder.content, "dueAt": reminder.due}
    if reminder.chat:
        payload["chatId"] = reminder.chat
    return {"type": "scheduled_notification", "payload": payload}
