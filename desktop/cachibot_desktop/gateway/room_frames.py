"""The frames of the bots that answer in a room, kept for a page that opens the room, or connects again."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from .chat_frames import Frame
from .room_answer import RoomAnswer

ENDS = ("room_bot_done", "room_error")
KEPT = (
    "room_message",
    "room_bot_thinking",
    "room_bot_tool_start",
    "room_bot_tool_end",
    "room_chain_step",
    "room_usage",
    *ENDS,
)


class Kept(NamedTuple):
    """A frame, and the answer that it belongs to."""

    frame: Frame
    answer: RoomAnswer | None


class RoomFrames:
    """The frames of one room's bots that answer now, or have ended while no page was connected."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        """Held while a frame is kept and sent, and while a page connects and gets those before."""
        self._kept: list[Kept] = []

    def add(self, frame: Frame, answer: RoomAnswer | None, *, delivered: bool) -> None:
        """Keep a frame that CachiBot sends to all pages of the room; `delivered`: there is one."""
        kind, bot = frame["type"], _bot(frame)
        if kind in ENDS and delivered:
            self._kept = [each for each in self._kept if _bot(each.frame) != bot]
            return
        if kind not in KEPT or (kind == "room_usage" and delivered):  # the page adds up figures
            return
        if kind == "room_bot_thinking" and frame["payload"].get("content"):  # the page appends it; it is in the message
            return
        if kind == "room_message" and self._append(frame):
            return
        self._kept.append(Kept(frame, answer))

    def missed(self) -> list[Kept]:
        """Return the frames for a page that has connected, with each text so far as one message (`whole`)."""
        return [Kept(_whole(frame), answer) for frame, answer in self._kept if answer is None or not answer.stopped]

    def forget_ended(self) -> None:
        """Forget the bots that have ended, because a page has got the frames."""
        ends = {_bot(frame): index for index, (frame, _) in enumerate(self._kept) if frame["type"] in ENDS}
        self._kept = [
            each
            for index, each in enumerate(self._kept)
            if index > ends.get(_bot(each.frame), -1) and not (each.answer and each.answer.stopped)
        ]

    def _append(self, frame: Frame) -> bool:
        """Append a piece of a text to those before; return whether there is one."""
        payload = frame["payload"]
        for index, (before, answer) in enumerate(self._kept):
            if before["type"] == "room_message" and before["payload"]["messageId"] == payload["messageId"]:
                text = before["payload"]["content"] + payload["content"]
                self._kept[index] = Kept({**before, "payload": {**before["payload"], "content": text}}, answer)
                return True
        return False


def _bot(frame: Frame) -> str:
    payload = frame["payload"]
    return str(payload.get("senderId") or payload.get("botId") or "")


def _whole(frame: Frame) -> Frame:
    if frame["type"] != "room_message":
        return frame
    payload = frame["payload"]
    return {**frame, "payload": {**payload, "metadata": {**payload.get("metadata", {}), "whole": True}}}
