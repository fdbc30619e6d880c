"""The answer to one message in a room. Several bots may give it, at once or in turn, and may mention further bots.

The application starts a task for each bot, or one for all. Every task inherits the context in which the application
received the message from the room's socket (room_socket.py), so each finds the same `RoomAnswer` there.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

CHOOSING = "CachiBot"
"""ID and name of the bot that the page gets while a model chooses the bot that answers."""


@dataclass(eq=False)
class RoomAnswer:
    """The answer to one message of the user."""

    room: str
    question: str = ""
    message_id: str = ""
    stopped: bool = False
    """True once the user has stopped it, or the server ends: the page gets nothing more of it, and no bot starts."""
    interrupted: bool = False
    """True if it was stopped because the server ends."""
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        _answers.add(self)

    def add(self, task: asyncio.Task[Any]) -> None:
        """Add a task, which is cancelled when this answer is stopped."""
        if task not in self.tasks:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        if self.stopped:
            task.cancel()

    def stop(self, *, interrupted: bool = False) -> None:
        """Cancel all tasks, also those that are added later."""
        self.stopped, self.interrupted = True, self.interrupted or interrupted
        for task in list(self.tasks):
            task.cancel()


_answers: WeakSet[RoomAnswer] = WeakSet()

answering: ContextVar[RoomAnswer | None] = ContextVar("answering", default=None)
"""The answer that the current task belongs to. The socket sets it, and patches/room_stop.py reads it."""


def stop_answers(room: str) -> None:
    """Stop all answers in a room."""
    for answer in list(_answers):
        if answer.room == room:
            answer.stop()


def interrupt_answers() -> None:
    """Stop all answers, because the server ends. The next server marks them as interrupted."""
    for answer in list(_answers):
        answer.stop(interrupted=True)
