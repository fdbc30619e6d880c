"""A reminder or a scheduled message is kept until its user has seen it, and no other user gets it.

CachiBot sends each of them once to all WebSockets that are open at that moment, of every user, and marks it as done. A
reminder that is due while the page is closed, or at a start, before the page has connected, is lost.

Here they are kept in a file (data/kept_reminders.py), and shown to their user by the gateway (gateway/reminders.py):
the user who asked for it in the chat, else the owner of the bot, else the administrators, who may use bots that have no
owner.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from ..gateway.login import login
from ..gateway.reminders import Reminders, reminders_in
from ..launch_options import LaunchOptions
from .patch import Patch

logger = logging.getLogger(__name__)

_due: ContextVar[datetime | None] = ContextVar("due", default=None)
"""When the reminder was due that the scheduler handles now. At a start that can be long ago."""


def apply(launch: LaunchOptions) -> None:
    """Wrap what sends reminders, what finds those that are due, and what stores new ones."""
    from cachibot.api.websocket import ConnectionManager
    from cachibot.storage.work_repository import ScheduleRepository, TodoRepository, WorkRepository

    reminders = reminders_in(launch.data)
    manager: Any = ConnectionManager
    manager.broadcast = _keeping(manager.broadcast, reminders)
    todos: Any = TodoRepository
    todos.get_due_reminders = _telling_when(todos.get_due_reminders, "remind_at")
    schedules: Any = ScheduleRepository
    schedules.get_due_schedules = _telling_when(schedules.get_due_schedules, "next_run_at")
    for repository in (todos, schedules, WorkRepository):
        repository.save = _noting_user(repository.save, reminders)


def _keeping(broadcast: Callable[..., Awaitable[None]], reminders: Reminders) -> Callable[..., Awaitable[None]]:
    from cachibot.models.websocket import WSMessageType

    @functools.wraps(broadcast)
    async def keep_or_broadcast(self: Any, message: Any) -> None:
        if message.type != WSMessageType.SCHEDULED_NOTIFICATION:
            await broadcast(self, message)
            return
        bot, chat = message.payload["botId"], message.payload.get("chatId") or ""
        user = reminders.kept.user_of(chat) or await _owner(bot)
        due = _due.get() or datetime.now(UTC)
        due = due if due.tzinfo else due.replace(tzinfo=UTC)
        reminders.fire(user, bot, chat, message.payload["content"], due.isoformat())

    return keep_or_broadcast


async def _owner(bot: str) -> str:
    from cachibot.storage.user_repository import OwnershipRepository

    try:
        return await OwnershipRepository().get_bot_owner(bot) or ""
    except Exception:  # the reminder must not be lost because of it
        logger.exception("The owner of the bot %s is not known", bot)
        return ""


def _telling_when(find: Callable[..., Awaitable[list[Any]]], time: str) -> Callable[..., Awaitable[Iterator[Any]]]:
    """Set `_due` for each entry while the scheduler, the only caller, handles it."""

    def one_by_one(entries: list[Any]) -> Iterator[Any]:
        for entry in entries:
            _due.set(getattr(entry, time))
            yield entry
        _due.set(None)

    @functools.wraps(find)
    async def find_due(self: Any) -> Iterator[Any]:
        return one_by_one(await find(self))

    return find_due


def _noting_user(save: Callable[..., Awaitable[None]], reminders: Reminders) -> Callable[..., Awaitable[None]]:
    """Keep which user asks for something in a chat. Only a chat's tools know both."""

    @functools.wraps(save)
    async def save_and_note(self: Any, entry: Any) -> None:
        await save(self, entry)
        current = login.get()
        chat = getattr(entry, "chat_id", None) or (getattr(entry, "function_params", None) or {}).get("chat_id")
        if current is not None and current.user_id and chat:
            reminders.kept.set_user(chat, current.user_id)

    return save_and_note


PATCH = Patch(
    name="reminders",
    flaw="a reminder that is due while the window is closed, or at a start, is lost; other users get it, too",
    versions="0.3.0",
    apply=apply,
)
