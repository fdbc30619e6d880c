"""Shows errors and empty answers in the chat, and user messages that CachiBot failed to send back.

CachiBot's page never shows the text of an `error` frame, and shows the user's message only after the server has sent it
back. So after a failure the app seemed to do nothing. Here, between CachiBot and its page, an error becomes a message
of the assistant after the user's message; in a room, a message of the bot that failed. These messages exist only in the
page: if they were in the database, the model would get them as its own answers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .chat_error_words import EMPTY_ANSWER, escape_markdown

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Frame = dict[str, Any]

CANCELLED = ("Cancelled by user", "Operation cancelled")
"""Texts of `error` frames that only confirm that the user cancelled."""
ANSWERING = ("thinking", "tool_start", "tool_end", "message", "artifact", "usage", "error", "done")
"""Types of the frames that belong to an answer. Others, such as notifications, can arrive at any time."""


class ChatSocket:
    """One WebSocket of the page, as a pair of ASGI callables."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unechoed: str | None = None
        """The user's message, until CachiBot sends it back to the page."""
        self._answered = True

    async def receive(self) -> Message:
        """Return the page's next frame unchanged."""
        message = await self._receive()
        frame = _frame(message, "websocket.receive")
        if frame is not None and frame["type"] == "chat":
            text = frame["payload"].get("message")
            self._unechoed = text if isinstance(text, str) and text else None
            self._answered = False
        return message

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page, after the messages that the page needs to show it."""
        frame = _frame(message, "websocket.send")
        if frame is None or frame["type"] not in ANSWERING or _is_cancelled(frame):
            await self._send(message)
            return
        kind, payload = frame["type"], frame["payload"]
        if kind == "message" and not payload.get("content"):
            return  # The page would show an empty bubble.
        if kind == "message" and payload.get("role") == "user":
            self._unechoed = None
        elif self._unechoed is not None:
            text, self._unechoed = self._unechoed, None
            await self._send_chat_message("user", text)
        if kind == "error":
            text, message = _explained(frame)
            await self._send_chat_message("assistant", text)
        elif kind in ("usage", "done") and not self._answered:
            await self._send_chat_message("assistant", EMPTY_ANSWER)
        if kind in ("tool_start", "artifact", "usage", "error", "done") or payload.get("role") == "assistant":
            self._answered = True
        await self._send(message)

    async def _send_chat_message(self, role: str, content: str) -> None:
        payload = {"role": role, "content": content, "messageId": str(uuid.uuid4())}
        await self._send(_message({"type": "message", "payload": payload}))


class RoomSocket:
    """The WebSocket of a room with several bots. In a room the page shows the user's messages immediately."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._bots: dict[str, Frame] = {}
        """The last message of each bot, by the bot's ID. The page appends the text of later frames to it."""

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page; before an error, a message of the bot that failed."""
        frame = _frame(message, "websocket.send")
        if frame is not None and frame["type"] == "room_message":
            self._bots[str(frame["payload"].get("senderId"))] = frame["payload"]
        elif frame is not None and frame["type"] == "room_error" and not _is_cancelled(frame):
            text, message = _explained(frame)
            bot = str(frame["payload"].get("botId", ""))
            last = {"senderName": "CachiBot", "messageId": str(uuid.uuid4()), **self._bots.get(bot, {})}
            room = {"roomId": frame["payload"].get("roomId"), "senderType": "bot", "senderId": bot, "content": text}
            await self._send(_message({"type": "room_message", "payload": {**last, **room}}))
        await self._send(message)


def _is_cancelled(frame: Frame) -> bool:
    """Return whether an error only confirms that the user cancelled."""
    text = str(frame["payload"].get("message"))
    return text in CANCELLED or (frame["type"] == "room_error" and text.endswith(" was cancelled"))


def _explained(frame: Frame) -> tuple[str, Message]:
    """Return the chat message for an error frame, and the frame with that text instead of the exception's."""
    payload = dict(frame["payload"])
    text = str(payload.pop("explanation", None) or escape_markdown(str(payload.get("message") or "")))
    return text, _message({**frame, "payload": {**payload, "message": text}})


def _message(frame: Frame) -> Message:
    return {"type": "websocket.send", "text": json.dumps(frame)}


def _frame(message: Message, kind: str) -> Frame | None:
    """Return the frame in an ASGI message of type `kind`; None for any other message and for binary data."""
    text = message.get("text") if message["type"] == kind else None
    try:
        frame: Any = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return None
    return frame if isinstance(frame.get("payload"), dict) else None
