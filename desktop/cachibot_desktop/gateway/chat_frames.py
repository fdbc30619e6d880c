"""Frames of the page's WebSockets, as ASGI messages: a chat's (chat_socket.py) and a room's (room_socket.py)."""

from __future__ import annotations

import json
from typing import Any

from .asgi_types import Message
from .chat_card import Card, notice

Frame = dict[str, Any]

CANCELLED = ("Cancelled by user", "Operation cancelled")
"""Texts of `error` frames that only confirm that the user cancelled."""


def card_metadata(card: Card, question: str, again: Frame | None = None) -> Frame:
    """Return the metadata of a card's message: the card, and the message that *Try Again* sends."""
    return {"card": {**card, "question": question, **(again or {})}}


def is_cancelled(frame: Frame) -> bool:
    """Return whether an error only confirms that the user cancelled."""
    text = str(frame["payload"].get("message"))
    return (frame["type"] == "error" and text in CANCELLED) or (
        frame["type"] == "room_error" and text.endswith(" was cancelled")
    )


def explained(frame: Frame) -> tuple[Card, Message]:
    """Return the card for an error frame, and the frame with its title instead of the exception's text."""
    payload = dict(frame["payload"])
    card: Card = payload.pop("explanation", None) or notice(str(payload.get("message") or ""))
    return card, pack({**frame, "payload": {**payload, "message": card["title"]}})


def pack(frame: Frame) -> Message:
    """Return the ASGI message that sends a frame to the page."""
    return {"type": "websocket.send", "text": json.dumps(frame)}


def unpack(message: Message, kind: str) -> Frame | None:
    """Return the frame in an ASGI message of type `kind`; None for any other message and for binary data."""
    text = message.get("text") if message["type"] == kind else None
    try:
        frame: Any = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return None
    return frame if isinstance(frame.get("payload"), dict) else None
