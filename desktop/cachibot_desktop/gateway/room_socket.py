"""Shows errors, empty answers and stopped answers in a room, as messages of the bot that failed.

It does for a room what chat_socket.py does for a chat. In a room the page shows the user's messages immediately, and
several bots may answer at the same time.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import NamedTuple

from .asgi_types import Message, Receive, Send
from .chat_card import Card, cut_off, empty_answer, markdown, stopped
from .chat_frames import Frame, card_metadata, explained, is_cancelled, pack, unpack
from .retry import NONE, Retry, retrying
from .room_answer import CHOOSING, RoomAnswer, answering, stop_answers

logger = logging.getLogger(__name__)

UNREAD_FRAMES = 1000
"""Frames that the page may send while the application reads none."""
ANY_TIME = ("room_presence", "room_typing_indicator")
"""Types of the frames that belong to no answer."""


class _Running(NamedTuple):
    """A bot that answers."""

    name: str
    answer: RoomAnswer | None


class RoomSocket:
    """The WebSocket of a room with several bots, as a pair of ASGI callables."""

    def __init__(self, receive: Receive, send: Send, room: str) -> None:
        self._receive = receive
        self._send = send
        self._room = room
        self._reader: asyncio.Task[None] | None = None
        self._unread: asyncio.Queue[tuple[Message, RoomAnswer | None, Retry]] = asyncio.Queue(UNREAD_FRAMES)
        self._running: dict[str, _Running] = {}
        """The bots that answer, by ID."""
        self._begun: dict[str, Frame] = {}
        """The last message of each bot that answers, by ID. The page appends the text of later frames to it."""
        self._said: set[str] = set()
        """Bots that have written something, or used a tool, since they began."""

    async def receive(self) -> Message:
        """Return the page's next frame unchanged. The application handles it in the task that calls this."""
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        message, answer, retry = await self._unread.get()
        if answer is not None:
            answering.set(answer)
            retrying.set(retry)
        return message

    def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.cancel()

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page; before an error, a message of the bot that failed."""
        frame = unpack(message, "websocket.send")
        if frame is None or frame["type"] in ANY_TIME or frame["payload"].get("senderType") == "user":
            await self._send(message)
            return
        kind, payload = frame["type"], frame["payload"]
        bot = str(payload.get("senderId") or payload.get("botId") or "")
        answer = answering.get()
        if (answer is not None and answer.stopped) or is_cancelled(frame):
            await self._show_stopped(bot)
            return
        if kind == "room_bot_thinking":
            self._running[bot] = _Running(str(payload.get("botName") or ""), answer)
        elif kind == "room_message" and payload.get("senderType") == "bot":
            self._note_text(bot, payload)
        elif kind == "room_bot_tool_start":
            self._said.add(bot)
        elif kind == "room_error":
            shown, message = explained(frame)
            await self._show_card(bot, payload.get("botName"), shown, answer)
        elif kind == "room_bot_done" and bot not in self._said and bot != CHOOSING:
            await self._show_card(bot, payload.get("botName"), empty_answer(), answer)
        if kind in ("room_error", "room_bot_done"):
            self._forget(bot)
        await self._send(message)
        if kind == "room_usage" and payload.get("cutOff") is True:  # the figures belong to the message before
            await self._show_card(bot, payload.get("botName"), cut_off(), answer)
            self._said.add(bot)

    async def _read(self) -> None:
        """Read ahead: while a model chooses the bot, the application reads nothing, and Stop would wait."""
        message: Message = {}
        while message.get("type") != "websocket.disconnect":
            answer, retry = None, NONE
            try:
                message = await self._receive()
                frame = unpack(message, "websocket.receive")
                if frame is not None and frame["type"] == "room_chat":
                    answer, retry = self._begin(frame["payload"])
                elif frame is not None and frame["type"] == "room_cancel" and not frame["payload"].get("botId"):
                    await self._stop()
            except Exception:
                logger.exception("a room's connection failed")
                message = {"type": "websocket.disconnect", "code": 1006}
            await self._unread.put((message, answer, retry))

    def _begin(self, payload: Frame) -> tuple[RoomAnswer, Retry]:
        answer = RoomAnswer(self._room, str(payload.get("message") or ""), str(payload.get("messageId") or ""))
        bot = payload.get("again")
        return answer, Retry(bot, answer.message_id) if isinstance(bot, str) else NONE

    async def _stop(self) -> None:
        stop_answers(self._room)
        for bot in list(self._running):
            await self._show_stopped(bot)

    async def _show_stopped(self, bot: str) -> None:
        """End a bot's answer in the page."""
        if bot not in self._running:
            return
        name, answer = self._running[bot]
        begun = self._begun.get(bot, {}).get("messageId")
        done: Frame = {"roomId": self._room, "botId": bot, "botName": name}
        if begun is not None:
            done["messageId"] = begun
        said = {"begun": begun} if bot in self._said else {}
        del self._running[bot]
        await self._show_card(bot, name, stopped(), answer, said)
        self._forget(bot)
        await self._send(pack({"type": "room_bot_done", "payload": done}))

    def _note_text(self, bot: str, payload: Frame) -> None:
        if bot not in self._begun or self._begun[bot].get("messageId") != payload.get("messageId"):
            self._said.discard(bot)
        self._begun[bot] = payload
        if payload.get("content"):
            self._said.add(bot)

    def _forget(self, bot: str) -> None:
        self._running.pop(bot, None)
        self._begun.pop(bot, None)
        self._said.discard(bot)

    async def _show_card(
        self, bot: str, name: str | None, card: Card, answer: RoomAnswer | None, more: Frame | None = None
    ) -> None:
        begun: Frame = {"senderName": name or "CachiBot", **self._begun.get(bot, {})}
        if bot in self._said or "messageId" not in begun:
            # The text so far stays a separate message.
            begun["messageId"] = str(uuid.uuid4())
        room = {"roomId": self._room, "senderType": "bot", "senderId": bot, "content": markdown(card)}
        again = {"asked": answer.message_id if answer else None, "bot": bot, **(more or {})}
        metadata = card_metadata(card, answer.question if answer else "", again)
        await self._send(pack({"type": "room_message", "payload": {**begun, **room, "metadata": metadata}}))
