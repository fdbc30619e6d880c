"""The text of the answer that is arriving, on its way from the provider's response to the chat."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from .simulated_answer import SimulatedAnswer


class LiveText:
    """The text of one response of a model."""

    def __init__(self, show: Callable[[str], None], *, simulated_tools: bool) -> None:
        """Pass visible text to `show`. With `simulated_tools` the response is the JSON that prompture asks for."""
        self._show = show
        self._simulated = SimulatedAnswer() if simulated_tools else None
        self.received = False
        """True once the provider has sent text. From then on a repeated request would show the text twice."""
        self.shown = ""
        self._half = ""
        """The first half of a character, of which servers that count in UTF-16 may send each half in an event."""

    def add(self, piece: str) -> None:
        """Take the next piece of the response's text."""
        self.received = self.received or bool(piece)
        piece = self._half + piece
        self._half = piece[-1] if "\ud800" <= piece[-1:] <= "\udbff" else ""
        piece = whole_characters(piece.removesuffix(self._half))
        visible = self._simulated.add(piece) if self._simulated else piece
        if visible:
            self.shown += visible
            self._show(visible)

    def rest_of(self, answer: str) -> str:
        """Return what the chat does not show yet of the whole answer."""
        if answer.startswith(self.shown):
            return answer[len(self.shown) :]
        # The answer is not what its beginning promised, such as JSON that turns out to be invalid.
        return f"\n\n{answer}"


def whole_characters(text: str) -> str:
    """Return a text in which the halves of characters are joined, and single ones replaced."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


receiver: ContextVar[LiveText | None] = ContextVar("receiver", default=None)
"""Where the text of a model's response goes; None if nobody reads it before it is complete."""
