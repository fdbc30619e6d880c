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

    def add(self, piece: str) -> None:
        """Take the next piece of the response's text."""
        self.received = self.received or bool(piece)
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


receiver: ContextVar[LiveText | None] = ContextVar("receiver", default=None)
"""Where the text of a model's response goes; None if nobody reads it before it is complete."""
