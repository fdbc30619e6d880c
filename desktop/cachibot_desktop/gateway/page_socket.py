"""The WebSocket of CachiBot's page: its own frames, the answers of all chats (answers.py), and reminders."""

from __future__ import annotations

import asyncio
import contextlib

from .answers import Answers
from .asgi_types import Message, Receive, Scope, Send
from .chat_frames import Frame, pack, unpack
from .login import Login
from .reminders import Reminders

MOST_UNSENT = 10_000
"""Frames that a page may leave unread. Then its WebSocket is closed; it connects again, and asks for what it lacks."""
TRY_AGAIN_LATER = 1013


class PageSocket:
    """One WebSocket of the page, as a pair of ASGI callables."""

    def __init__(
        self, receive: Receive, send: Send, scope: Scope, answers: Answers, reminders: Reminders, login: Login
    ) -> None:
        self._receive = receive
        self._send = send
        self._scope = {**scope}
        """As it was before the application changed it, for the connections of the chats."""
        self._answers = answers
        self._reminders = reminders
        self._login = login
        self._unsent: asyncio.Queue[Message] = asyncio.Queue(MOST_UNSENT)
        self._sender: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        """Return the page's next frame that is for CachiBot."""
        while True:
            message = await self._receive()
            frame = unpack(message, "websocket.receive")
            if frame is not None and self._reminders.receive(self, frame):
                continue
            if frame is None or not self._answers.receive(self, self._scope, message, frame):
                return message

    async def send(self, message: Message) -> None:
        """Send a message of CachiBot to the page."""
        if message["type"] == "websocket.send":
            self._put(message)
            return
        await self._send(message)
        if message["type"] == "websocket.accept":
            self._sender = asyncio.create_task(self._send_all())
            if self._login.user_id:  # otherwise all users would be one: CachiBot itself answers on this WebSocket
                self._answers.add_page(self, self._login.user_id)
                self._reminders.add_page(self, self._login)

    def show(self, frame: Frame) -> None:
        """Send a frame to the page, after those before."""
        self._put(pack(frame))

    def close(self) -> None:
        """Forget the page. Its answers continue."""
        self._answers.remove_page(self)
        self._reminders.remove_page(self)
        if self._sender is not None:
            self._sender.cancel()

    def _put(self, message: Message) -> None:
        try:
            self._unsent.put_nowait(message)
        except asyncio.QueueFull:
            self._answers.remove_page(self)
            self._reminders.remove_page(self)
            self._unsent = asyncio.Queue()
            self._unsent.put_nowait({"type": "websocket.close", "code": TRY_AGAIN_LATER})

    async def _send_all(self) -> None:
        # The page is gone: `receive` says so, too.
        with contextlib.suppress(OSError, RuntimeError):
            while True:
                await self._send(await self._unsent.get())
