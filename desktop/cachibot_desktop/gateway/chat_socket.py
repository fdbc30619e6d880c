"""Shows errors and empty answers in the chat, and user messages that CachiBot failed to send back.

CachiBot's page never shows the text of an `error` frame, and shows the user's message only after the server has sent it
back. So after a failure the app seemed to do nothing. Here, between CachiBot and its page, an error becomes a message
of the assistant after the user's message; in a room, a message of the bot that failed. Its metadata contain a card,
which patches/page/error_card.js shows. These messages exist only in the page: if they were in the database, the model
would get them as its own answers.

Stop and *Try Again* are handled here, too: no frame of a stopped answer follows its "Stopped", and a message that is
sent again is not shown again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .chat_card import Card, empty_answer, markdown, notice, stopped
from .retry import NONE, Retry, retrying

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Frame = dict[str, Any]

CANCELLED = ("Cancelled by user", "Operation cancelled")
"""Texts of `error` frames that only confirm that the user cancelled."""
ANSWERING = (
    "thinking",
    "tool_start",
    "tool_end",
    "instruction_delta",
    "message",
    "artifact",
    "artifact_update",
    "workspace_progress",
    "usage",
    "error",
    "done",
)
"""Types of the frames that belong to an answer. Others, such as notifications, can arrive at any time."""


class ChatSocket:
    """One WebSocket of the page, as a pair of ASGI callables."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unechoed: str | None = None
        """The user's message, until CachiBot sends it back to the page."""
        self._asked = ""
        """The user's message, for *Try Again*."""
        self._again = False
        """True until the echo of a message that the page shows already."""
        self._running = False
        self._stopped = False
        self._answered = True

    async def receive(self) -> Message:
        """Return the page's next frame unchanged."""
        message = await self._receive()
        frame = _frame(message, "websocket.receive")
        if frame is not None and frame["type"] == "chat":
            self._begin(frame["payload"])
        elif frame is not None and frame["type"] == "cancel":
            await self._stop()
        return message

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page, after the messages that the page needs to show it."""
        frame = _frame(message, "websocket.send")
        if frame is None or frame["type"] not in ANSWERING:
            await self._send(message)
            return
        kind, payload = frame["type"], frame["payload"]
        if self._stopped or _is_cancelled(frame):
            return  # The rest of an answer that was stopped, or replaced by the next.
        if kind == "message" and not payload.get("content"):
            return  # The page would show an empty bubble.
        if kind == "message" and payload.get("role") == "user":
            self._unechoed = None
            if self._again:
                self._again = False
                return
        else:
            await self._send_unechoed()
        if kind == "error":
            shown, message = _explained(frame)
            await self._show_card(shown)
        elif kind in ("usage", "done") and not self._answered:
            await self._show_card(empty_answer())
        if kind in ("tool_start", "artifact", "usage", "error", "done") or payload.get("role") == "assistant":
            self._answered = True
        if kind in ("error", "done"):
            self._running = False
        await self._send(message)

    def _begin(self, payload: Frame) -> None:
        question = payload.get("message")
        self._asked = question if isinstance(question, str) else ""
        self._again = payload.get("again") is True
        self._unechoed = None if self._again else self._asked or None
        self._answered = self._stopped = False
        self._running = True

    async def _stop(self) -> None:
        """End the answer in the page at once, whatever CachiBot is doing: its cancellation follows."""
        if not self._running:
            return
        await self._send_unechoed()
        await self._show_card(stopped())
        self._running, self._stopped = False, True
        await self._send(_message({"type": "done", "payload": {}}))

    async def _send_unechoed(self) -> None:
        text, self._unechoed = self._unechoed, None
        if text is not None:
            await self._send_chat_message("user", text)

    async def _show_card(self, card: Card) -> None:
        await self._send_chat_message("assistant", markdown(card), _metadata(card, self._asked))

    async def _send_chat_message(self, role: str, content: str, metadata: Frame | None = None) -> None:
        payload: Frame = {"role": role, "content": content, "messageId": str(uuid.uuid4())}
        if metadata is not None:
            payload["metadata"] = metadata
        await self._send(_message({"type": "message", "payload": payload}))


class RoomSocket:
    """The WebSocket of a room with several bots. In a room the page shows the user's messages immediately."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._bots: dict[str, Frame] = {}
        """The last message of each bot, by the bot's ID. The page appends the text of later frames to it."""
        self._said: set[str] = set()
        """Bots that have written something, or used a tool, since they began."""
        self._asked: Frame = {}
        """The user's last message."""

    async def receive(self) -> Message:
        """Return the page's next frame unchanged."""
        message = await self._receive()
        frame = _frame(message, "websocket.receive")
        if frame is not None and frame["type"] == "room_chat":
            self._asked = {name: frame["payload"].get(name) for name in ("message", "messageId")}
            bot = frame["payload"].get("again")
            # The application reads this frame in the task that it calls this from, so it finds the value there.
            retrying.set(Retry(bot, str(self._asked["messageId"])) if isinstance(bot, str) else NONE)
        return message

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page; before an error, a message of the bot that failed."""
        frame = _frame(message, "websocket.send")
        if frame is None:
            await self._send(message)
            return
        payload = frame["payload"]
        bot = str(payload.get("senderId") or payload.get("botId") or "")
        if frame["type"] == "room_message" and payload.get("senderType") == "bot":
            if bot not in self._bots or self._bots[bot].get("messageId") != payload.get("messageId"):
                self._said.discard(bot)
            self._bots[bot] = payload
            if payload.get("content"):
                self._said.add(bot)
        elif frame["type"] == "room_bot_tool_start":
            self._said.add(bot)
        elif frame["type"] == "room_error" and not _is_cancelled(frame):
            shown, message = _explained(frame)
            await self._show_card(payload, bot, shown)
        elif frame["type"] == "room_bot_done" and bot not in self._said:
            await self._show_card(payload, bot, empty_answer())
        await self._send(message)

    async def _show_card(self, payload: Frame, bot: str, card: Card) -> None:
        begun: Frame = {"senderName": payload.get("botName") or "CachiBot", **self._bots.get(bot, {})}
        if bot in self._said or "messageId" not in begun:
            # Its text so far stays a message of its own.
            begun["messageId"] = str(uuid.uuid4())
        self._bots[bot] = begun
        self._said.add(bot)
        room = {"roomId": payload.get("roomId"), "senderType": "bot", "senderId": bot, "content": markdown(card)}
        again = {"asked": self._asked.get("messageId"), "bot": bot}
        metadata = _metadata(card, str(self._asked.get("message") or ""), again)
        await self._send(_message({"type": "room_message", "payload": {**begun, **room, "metadata": metadata}}))


def _metadata(card: Card, question: str, again: Frame | None = None) -> Frame:
    """Return the metadata of a card's message: the card, and the message that *Try Again* sends."""
    return {"card": {**card, "question": question, **(again or {})}}


def _is_cancelled(frame: Frame) -> bool:
    """Return whether an error only confirms that the user cancelled."""
    text = str(frame["payload"].get("message"))
    return (frame["type"] == "error" and text in CANCELLED) or (
        frame["type"] == "room_error" and text.endswith(" was cancelled")
    )


def _explained(frame: Frame) -> tuple[Card, Message]:
    """Return the card for an error frame, and the frame with its title instead of the exception's text."""
    payload = dict(frame["payload"])
    card: Card = payload.pop("explanation", None) or notice(str(payload.get("message") or ""))
    return card, _message({**frame, "payload": {**payload, "message": card["title"]}})


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
