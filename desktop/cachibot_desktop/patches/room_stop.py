"""Stop stops all bots of a room.

Flaw: a room's protocol cancels the task of one bot. Where bots answer in turn, one task runs them all, and cannot be
cancelled. A bot that is cancelled returns as if it had answered, so the next bot starts. While a model chooses the bot,
the room does not read its connection.

Fix: the tasks of a room's bots belong to the answer to one message (gateway/room_answer.py). When it is stopped, its
tasks and the choice are cancelled, and no further bot starts. While a model chooses, the page gets a bot that thinks,
because it offers Stop only while a bot is busy.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ..gateway.room_answer import CHOOSING, answering
from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Wrap the functions that run a bot and choose one."""
    from cachibot.api import room_websocket

    room_websocket.run_room_bot = _stopped_with_its_answer(room_websocket.run_room_bot)
    room_websocket.route_message = _stoppable_choice(room_websocket.route_message)


def _stopped_with_its_answer(run: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    @functools.wraps(run)
    async def run_bot(*args: Any, **options: Any) -> str:
        answer = answering.get()
        task = asyncio.current_task()
        if answer is None or task is None:
            return await run(*args, **options)
        answer.add(task)
        said = await run(*args, **options)
        if answer.stopped:
            raise asyncio.CancelledError  # `run` has caught it
        return said

    return run_bot


def _stoppable_choice(choose: Callable[..., Awaitable[tuple[str, str]]]) -> Callable[..., Awaitable[tuple[str, str]]]:
    @functools.wraps(choose)
    async def choose_bot(orchestrator: Any, *args: Any, **options: Any) -> tuple[str, str]:
        from cachibot.api.room_websocket import room_manager
        from cachibot.models.room_websocket import RoomWSMessage

        answer = answering.get()
        if answer is None:
            return await choose(orchestrator, *args, **options)
        room = orchestrator.room_id
        choice = asyncio.ensure_future(choose(orchestrator, *args, **options))
        answer.add(choice)
        await room_manager.send_to_room(room, RoomWSMessage.bot_thinking(room, CHOOSING, CHOOSING))
        try:
            await asyncio.wait([choice])
        finally:
            choice.cancel()
        if answer.stopped:
            # Any bot will do: it does not start.
            return next(iter(orchestrator.bot_configs)), ""
        await room_manager.send_to_room(room, RoomWSMessage.bot_done(room, CHOOSING, CHOOSING, ""))
        return choice.result()

    return choose_bot


PATCH = Patch(
    name="room stop",
    flaw="in a room, Stop ends one bot at most, and the next one begins",
    versions="0.3.0",
    apply=apply,
)
