"""A message that is sent again counts once.

Each message that the page sends is stored, and the model is given the last ten of a chat. So one that was sent three
times, because the first two answers failed, is there three times; a room refuses to store a message twice, and ends the
connection.

So a message that follows itself, without an answer in between, replaces itself. In a room, a message that is stored
already is not stored again, and where one bot is to try again, only that one is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ..gateway.retry import NONE, retrying
from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Wrap the storing of messages, and the choice of the bots that answer."""
    from cachibot.services.room_orchestrator import RoomOrchestrator
    from cachibot.storage.repository import KnowledgeRepository
    from cachibot.storage.room_repository import RoomMessageRepository

    KnowledgeRepository.save_bot_message = _once(KnowledgeRepository.save_bot_message)
    RoomMessageRepository.save_message = _unless_stored(RoomMessageRepository.save_message)
    RoomOrchestrator.select_respondents = _the_one_that_failed(RoomOrchestrator.select_respondents)


def _once(save: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(save)
    async def save_once(self: Any, message: Any) -> None:
        if message.role == "user":
            last = await self.get_bot_messages(message.bot_id, message.chat_id, 1)
            if last and last[-1].role == "user" and last[-1].content == message.content:
                return
        await save(self, message)

    return save_once


def _unless_stored(save: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(save)
    async def save_unless_stored(self: Any, message: Any) -> None:
        if retrying.get().message_id != message.id or not await _is_stored(message.id):
            await save(self, message)

    return save_unless_stored


async def _is_stored(message_id: str) -> bool:
    """Return whether a room has the message: a server that ended while it stored the message has lost it."""
    from cachibot.storage import db
    from cachibot.storage.models.room import RoomMessage

    async with db.ensure_initialized()() as session:
        return await session.get(RoomMessage, message_id) is not None


def _the_one_that_failed(select: Callable[..., list[str]]) -> Callable[..., list[str]]:
    @functools.wraps(select)
    def select_again(self: Any, message: str, sender_type: str, exclude_bot_id: str | None = None) -> list[str]:
        retry = retrying.get()
        if sender_type == "user" and retry != NONE and retry.bot in self.bot_configs:
            return [retry.bot]
        return select(self, message, sender_type, exclude_bot_id)

    return select_again


PATCH = Patch(
    name="try again",
    flaw="a message that is sent again is there twice for the model, and ends the connection of a room",
    versions="0.3.0",
    apply=apply,
)
