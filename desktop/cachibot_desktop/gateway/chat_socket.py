"""Shows errors and empty answers in the chat, and user messages that CachiBot failed to send back.

CachiBot's page never shows the text of an `error` frame, and shows the user's message only after the server has sent it
back. So after a failure the app seemed to do nothing. Here, between CachiBot and its page, an error becomes a message
of the assistant after the user's message. Its metadata contain a card, which patches/page/error_card.js shows. These
messages exist only in the page: if they were in the database, the model would get them as its own answers.

Stop and *Try Again* are handled here, too: no frame of a stopped answer follows its "Stopped", and a message that is
sent again is not shown again.
"""

from __future__ import annotations

import uuid

from .asgi_types import Message, Receive, Send
from .chat_card import Card, cut_off, empty_answer, interrupted, markdown, stopped
from .chat_frames import Frame, card_metadata, explained, is_cancelled, pack, unpack

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
    """The frames of one chat, or of a page without a chat, as a pair of ASGI callables."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unechoed: str | None = None
        """The user's message, until CachiBot sends it back to the page."""
        self._message_id: str | None = None
        """ID of the user's message, if the page shows the message already."""
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
        frame = unpack(message, "websocket.receive")
        if frame is not None and frame["type"] == "chat":
            self._begin(frame["payload"])
        elif frame is not None and frame["type"] == "cancel":
            await self._stop()
        return message

    async def send(self, message: Message) -> None:
        """Send a frame of CachiBot to the page, after the messages that the page needs to show it."""
        frame = unpack(message, "websocket.send")
        if frame is None or frame["type"] not in ANSWERING:
            await self._send(message)
            return
        kind, payload = frame["type"], frame["payload"]
        if self._stopped or is_cancelled(frame):
            return  # The rest of an answer that was stopped, or replaced by the next.
        if kind == "message" and not payload.get("content"):
            return  # The page would show an empty bubble.
        if kind == "message" and payload.get("role") == "user":
            self._unechoed = None
            if self._again:
                self._again = False
                return
            message = pack(self._with_id(frame))
        else:
            await self._send_unechoed()
        if kind == "error":
            shown, message = explained(frame)
            await self._show_card(shown)
        await self._send_answer(frame, message)

    async def _send_answer(self, frame: Frame, message: Message) -> None:
        """Send a frame of the answer, and the card that says what is wrong with the answer."""
        kind, payload = frame["type"], frame["payload"]
        is_cut_off = kind == "usage" and payload.get("cutOff") is True
        if kind in ("usage", "done") and not self._answered and not is_cut_off:
            await self._show_card(empty_answer())
        if kind in ("tool_start", "artifact", "usage", "error", "done") or payload.get("role") == "assistant":
            self._answered = True
        if kind in ("error", "done"):
            self._running = False
        await self._send(message)
        if is_cut_off:  # after the figures, which belong to the message before
            await self._show_card(cut_off())

    def _begin(self, payload: Frame) -> None:
        question = payload.get("message")
        self._asked = question if isinstance(question, str) else ""
        message_id = payload.get("messageId")
        self._message_id = message_id if isinstance(message_id, str) else None
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
        await self._send(pack({"type": "done", "payload": {}}))

    async def interrupt(self) -> None:
        """End the answer in the page, because CachiBot has closed the connection."""
        if not self._running:
            return
        await self._send_unechoed()
        self._running = False
        for frame in interruption(self._asked):
            await self._send(pack(frame))

    async def _send_unechoed(self) -> None:
        text, self._unechoed = self._unechoed, None
        if text is not None:
            await self._send(pack(self._with_id(chat_message("user", text))))

    def _with_id(self, frame: Frame) -> Frame:
        known = {} if self._message_id is None else {"messageId": self._message_id}
        return {**frame, "payload": {**frame["payload"], **known}}

    async def _show_card(self, card: Card) -> None:
        await self._send(pack(card_message(card, self._asked)))


def interruption(question: str) -> tuple[Frame, Frame]:
    """Return the frames that end an interrupted answer in the page."""
    card = interrupted()
    return card_message(card, question), {"type": "error", "payload": {"message": card["title"]}}


def card_message(card: Card, question: str) -> Frame:
    """Return the frame of a card's message. Its button sends `question` again."""
    return chat_message("assistant", markdown(card), card_metadata(card, question))


def chat_message(role: str, content: str, metadata: Frame | None = None) -> Frame:
    """Return the frame of a new message."""
    payload: Frame = {"role": role, "content": content, "messageId": str(uuid.uuid4())}
    if metadata is not None:
        payload["metadata"] = metadata
    return {"type": "message", "payload": payload}
