"""The bots of a room continue when its page leaves, and their answers are there when it comes back.

CachiBot cancels the bots of a room when its last connection closes: when the user opens another page, reloads, or wakes
the computer up. A user who connects again before the earlier connection has closed loses the new one, too: CachiBot
knows a user's connection by the user only.

Here the bots continue, and what they say is kept for the next page (gateway/room_frames.py). If the room is deleted,
they are stopped. A connection that has been replaced closes without consequences. A bot that answers when the server
ends is interrupted: the next server says so to the first page that opens the room (gateway/interrupted_bots.py). So is
a message that no bot has begun to answer.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ..data.unfinished_answers import UnfinishedAnswer, UnfinishedAnswers
from ..gateway.interrupted_bots import interruptions, note
from ..gateway.room_answer import CHOOSING, answering, stop_answers
from ..gateway.room_frames import RoomFrames
from ..launch_options import LaunchOptions
from .patch import Patch

logger = logging.getLogger(__name__)

_connection: ContextVar[Any] = ContextVar("room_connection", default=None)
"""The connection that the current task serves."""


class _Rooms:
    """The frames of all rooms, the answers that have not ended, and the rooms that were deleted."""

    def __init__(self, unfinished: UnfinishedAnswers) -> None:
        self.unfinished = unfinished
        self.frames: defaultdict[str, RoomFrames] = defaultdict(RoomFrames)
        self.deleted: set[str] = set()

    def end_waiting(self) -> None:
        """Forget that the message which the current task handles waits for a bot."""
        answer = answering.get()
        if answer is not None:
            self.unfinished.end(answer.room, CHOOSING, answer.message_id)


def apply(launch: LaunchOptions) -> None:
    """Wrap how connections of rooms open and close, what they receive and send, and the deletion of rooms."""
    from cachibot.api import room_websocket
    from cachibot.services.room_orchestrator import RoomOrchestrator
    from cachibot.storage.room_repository import RoomMessageRepository, RoomRepository

    rooms = _Rooms(UnfinishedAnswers(launch.data))
    manager: Any = room_websocket.RoomConnectionManager
    manager.connect = _showing_what_was_missed(manager.connect, rooms)
    manager.send_to_room = _keeping(manager.send_to_room, rooms)
    manager.disconnect = _leaving_bots_at_work(manager.disconnect, rooms)
    RoomRepository.delete_room = _stopping_bots(RoomRepository.delete_room, rooms)
    RoomMessageRepository.save_message = _noting_questions(RoomMessageRepository.save_message, rooms)
    RoomOrchestrator.select_respondents = _noting_silence(RoomOrchestrator.select_respondents, rooms)
    room_websocket.route_message = _noting_failed_choice(room_websocket.route_message, rooms)


def _showing_what_was_missed(connect: Callable[..., Awaitable[None]], rooms: _Rooms) -> Callable[..., Awaitable[None]]:
    @functools.wraps(connect)
    async def connect_and_show(self: Any, room_id: str, user_id: str, websocket: Any) -> None:
        frames = rooms.frames[room_id]
        async with frames.lock:
            await connect(self, room_id, user_id, websocket)
            _connection.set(websocket)
            try:
                interrupted = rooms.unfinished.interrupted(room_id)
                stored = await _stored_messages(room_id) if interrupted else {}
                for frame, answer in [*interruptions(interrupted, stored), *frames.missed()]:
                    answering.set(answer)  # for the cards of gateway/room_socket.py
                    await websocket.send_json(frame)
                frames.forget_ended()
                rooms.unfinished.forget_interrupted(room_id)
            except Exception:  # the page has gone again, which CachiBot finds out when it reads
                logger.warning("A room's page could not get what it has missed", exc_info=True)
            finally:
                answering.set(None)

    return connect_and_show


async def _stored_messages(room_id: str) -> dict[str, str]:
    """Return the texts of the room's last messages, by ID."""
    from cachibot.storage.room_repository import RoomMessageRepository

    return {message.id: message.content for message in await RoomMessageRepository().get_messages(room_id)}


def _keeping(send: Callable[..., Awaitable[None]], rooms: _Rooms) -> Callable[..., Awaitable[None]]:
    @functools.wraps(send)
    async def keep_and_send(self: Any, room_id: str, message: Any) -> None:
        frames = rooms.frames[room_id]
        async with frames.lock:
            frame = {"type": message.type.value, "payload": message.payload}
            frames.add(frame, answering.get(), delivered=bool(self.rooms.get(room_id)))
            note(rooms.unfinished, room_id, frame, answering.get())
            await send(self, room_id, message)

    return keep_and_send


def _noting_questions(save: Callable[..., Awaitable[None]], rooms: _Rooms) -> Callable[..., Awaitable[None]]:
    """Keep a message of the user until a bot begins to answer it."""

    @functools.wraps(save)
    async def note_and_save(self: Any, message: Any) -> None:
        answer = answering.get()
        if answer is None or answer.message_id != message.id:
            await save(self, message)
            return
        rooms.unfinished.begin(UnfinishedAnswer(answer.room, CHOOSING, CHOOSING, answer.question, message.id))
        try:
            await save(self, message)
        except Exception:
            rooms.end_waiting()
            raise

    return note_and_save


def _noting_silence(select: Callable[..., list[str]], rooms: _Rooms) -> Callable[..., list[str]]:
    @functools.wraps(select)
    def select_and_note(self: Any, message: str, sender_type: str, exclude_bot_id: str | None = None) -> list[str]:
        selected = select(self, message, sender_type, exclude_bot_id)
        if sender_type == "user" and not selected:
            rooms.end_waiting()
        return selected

    return select_and_note


def _noting_failed_choice(
    choose: Callable[..., Awaitable[tuple[str, str]]], rooms: _Rooms
) -> Callable[..., Awaitable[tuple[str, str]]]:
    """End the wait for a bot that never begins, because the choice failed or the bot has left the room."""

    @functools.wraps(choose)
    async def choose_and_note(orchestrator: Any, *args: Any, **options: Any) -> tuple[str, str]:
        try:
            bot, reason = await choose(orchestrator, *args, **options)
        except Exception:
            rooms.end_waiting()
            raise
        if bot not in orchestrator.bot_configs:
            rooms.end_waiting()
        return bot, reason

    return choose_and_note


def _leaving_bots_at_work(disconnect: Callable[..., None], rooms: _Rooms) -> Callable[..., None]:
    @functools.wraps(disconnect)
    def leave(self: Any, room_id: str, user_id: str) -> None:
        connected = self.rooms.get(room_id, {})
        if connected.get(user_id) is not _connection.get():
            return  # the user has connected again
        if len(connected) > 1 or room_id in rooms.deleted or not _working(self, room_id):
            disconnect(self, room_id, user_id)
            return
        del self.rooms[room_id]
        clean_up_later(self, room_id, user_id)

    def clean_up_later(self: Any, room_id: str, user_id: str) -> None:
        def clean_up(_task: object) -> None:
            if room_id in self.rooms:
                return  # until its last connection closes
            if _working(self, room_id):  # bots that were mentioned
                clean_up_later(self, room_id, user_id)
                return
            self.rooms[room_id] = {}
            disconnect(self, room_id, user_id)

        for task in _working(self, room_id):
            task.add_done_callback(clean_up)

    return leave


def _working(manager: Any, room_id: str) -> list[asyncio.Task[Any]]:
    return [task for task in manager.bot_tasks.get(room_id, {}).values() if not task.done()]


def _stopping_bots(delete: Callable[..., Awaitable[bool]], rooms: _Rooms) -> Callable[..., Awaitable[bool]]:
    @functools.wraps(delete)
    async def delete_room(self: Any, room_id: str) -> bool:
        from cachibot.api.room_websocket import room_manager

        deleted = await delete(self, room_id)
        rooms.deleted.add(room_id)
        rooms.frames.pop(room_id, None)
        rooms.unfinished.forget_interrupted(room_id)
        if room_id not in room_manager.rooms:
            stop_answers(room_id)
        return deleted

    return delete_room


PATCH = Patch(
    name="room answers",
    flaw="the bots of a room are cancelled when the user leaves it",
    versions="0.3.0",
    apply=apply,
)
