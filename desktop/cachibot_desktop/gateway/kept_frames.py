"""The frames of one answer, kept for a page that connects again."""

from __future__ import annotations

from .chat_frames import Frame

_TEXTS = {"message": ("messageId", "content"), "thinking": (None, "content"), "instruction_delta": ("id", "text")}
"""Frames whose text the page appends to that of the frame before: the field that must be the same, and the text's."""


class KeptFrames:
    """The frames of an answer, in which successive pieces of a text are one frame."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []

    def add(self, frame: Frame) -> None:
        """Keep a frame."""
        if frame["type"] == "thinking" and not frame["payload"].get("content"):
            return  # CachiBot sends one after each piece of a text, so no two pieces would be successive
        if self._frames and self._continues(frame):
            last, (_, text) = self._frames[-1], _TEXTS[frame["type"]]
            payload = {**last["payload"], text: f"{last['payload'].get(text, '')}{frame['payload'].get(text, '')}"}
            self._frames[-1] = {**last, "payload": payload}
        else:
            self._frames.append(frame)

    def remove_approval(self, request: object) -> None:
        """Forget a request for the user's approval, because the user has answered it."""
        self._frames = [
            frame
            for frame in self._frames
            if frame["type"] != "approval_needed" or frame["payload"].get("id") != request
        ]

    def all(self) -> list[Frame]:
        """Return the frames that show the answer so far."""
        return list(self._frames)

    def _continues(self, frame: Frame) -> bool:
        last, kind = self._frames[-1], frame["type"]
        if kind not in _TEXTS or last["type"] != kind or last["payload"].get("role") != frame["payload"].get("role"):
            return False
        identity, _ = _TEXTS[kind]
        if identity is None:
            return True
        same = frame["payload"].get(identity)
        return same is not None and same == last["payload"].get(identity)
