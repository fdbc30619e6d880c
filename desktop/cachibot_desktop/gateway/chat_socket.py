"""Shows in the chat what CachiBot's page drops: errors, empty answers, and messages that failed before their echo.

The page keeps the text of an `error` frame in a variable that it never shows, and shows the user's message only when
the server sends it back. So a failed answer looked like a dead app. Here, between CachiBot and its page, an error
becomes a message of the assistant, behind the message of the user; in a room, of the bot that failed. Such messages
live in the page only: in the database they would be given to the model as its own words.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .chat_error_words import EMPTY_ANSWER, plain

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Frame = dict[str, Any]

CANCELLED = ("Cancelled by user", "Operation cancelled")
"""Texts of `error` frames that only confirm what the user did."""
ANSWERING = ("thinking", "tool_start", "tool_end", "message", "artifact", "usage", "error", "done")
"""Frames of an answer; others, such as notifications, may arrive at any time."""


class ChatSocket:
    """One WebSocket of the page, as a pair of ASGI callables."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._question: str | None = None
        """The user's message, until it is sent back to the page."""
        self._answered = True

    async def receive(self) -> Message:
        """Pass on the page's next frame."""
        message = await self._receive()
        frame = _frame(message, "websocket.receive")
        if frame is not None and frame["type"] == "chat":
            question = frame["payload"].get("message")
            self._question = question if isinstance(question, str) and question else None
            self._answered = False
        return message

    async def send(self, message: Message) -> None:
        """Pass on a frame of CachiBot's, and before it what the page needs to show it."""
        frame = _frame(message, "websocket.send")
        if frame is None or frame["type"] not in ANSWERING or _is_cancelled(frame):
            await self._send(message)
            return
        kind, payload = frame["type"], frame["payload"]
        if kind == "message" and not payload.get("content"):
            return  # The page would show an empty bubble.
        if kind == "message" and payload.get("role") == "user":
            self._question = None
        elif self._question is not None:
            question, self._question = self._question, None
            await self._say("user", question)
        if kind == "error":
            message = await self._explain(frame)
        elif kind in ("usage", "done") and not self._answered:
            await self._say("assistant", EMPTY_ANSWER)
        if kind in ("tool_start", "artifact", "usage", "error", "done") or payload.get("role") == "assistant":
            self._answered = True
        await self._send(message)

    async def _explain(self, frame: Frame) -> Message:
        """Say in the chat what went wrong; return the error frame, whose text is safe to keep."""
        said, safe = _explained(frame)
        await self._say("assistant", said)
        return safe

    async def _say(self, role: str, content: str) -> None:
        payload = {"role": role, "content": content, "messageId": str(uuid.uuid4())}
        await self._send(_message({"type": "message", "payload": payload}))


class RoomSocket:
    """The WebSocket of a room with several bots. The page shows the user's own messages there at once."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._bots: dict[str, Frame] = {}
        """The last message of each bot, which the page adds text to."""

    async def send(self, message: Message) -> None:
        """Pass on a frame of CachiBot's, and before an error a message of the bot that failed."""
        frame = _frame(message, "websocket.send")
        if frame is not None and frame["type"] == "room_message":
            self._bots[str(frame["payload"].get("senderId"))] = frame["payload"]
        elif frame is not None and frame["type"] == "room_error" and not _is_cancelled(frame):
            said, message = _explained(frame)
            bot = str(frame["payload"].get("botId", ""))
            begun = {"senderName": "CachiBot", "messageId": str(uuid.uuid4()), **self._bots.get(bot, {})}
            room = {"roomId": frame["payload"].get("roomId"), "senderType": "bot", "senderId": bot, "content": said}
            await self._send(_message({"type": "room_message", "payload": {**begun, **room}}))
        await self._send(message)


def _is_cancelled(frame: Frame) -> bool:
    """True for an error that only confirms what the user did."""
    text = str(frame["payload"].get("message"))
    return text in CANCELLED or (frame["type"] == "room_error" and text.endswith(" was cancelled"))


def _explained(frame: Frame) -> tuple[str, Message]:
    """Return the words for an error frame, and the frame with a text that is safe to keep."""
    payload = dict(frame["payload"])
    said = str(payload.pop("explanation", None) or plain(str(payload.get("message") or "")))
    return said, _message({**frame, "payload": {**payload, "message": said}})


def _message(frame: Frame) -> Message:
    return {"type": "websocket.send", "text": json.dumps(frame)}


def _frame(message: Message, kind: str) -> Frame | None:
    """Return the frame in an ASGI message of that kind; None for binary data and everything else."""
    text = message.get("text") if message["type"] == kind else None
    try:
        frame: Any = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return None
    return frame if isinstance(frame.get("payload"), dict) else None
