"""Keeps which bots of rooms are answering, in a file of the data folder, so that the next server knows which it lost.

CachiBot stores an answer when it is complete, and nothing before.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..files import read_small_file, write_atomically

FILE = "unfinished-answers.json"

_Key = tuple[str, str, str]
"""Room, bot, and ID of the user's message: a message may wait while bots still answer an earlier one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnfinishedAnswer:
    """The answer of one bot of a room, which has begun and not ended; or a message that no bot has begun to answer."""

    room: str
    bot: str
    name: str
    """Name of the bot."""
    question: str
    """The user's message."""
    asked: str
    """ID of the user's message."""
    message: str = ""
    """ID of the bot's message; empty if none has begun."""
    has_text: bool = False
    """Whether that message has text."""


class UnfinishedAnswers:
    """The answers that are in progress, and those that were when an earlier server ended."""

    def __init__(self, data: Path) -> None:
        """Read what an earlier server has left. A damaged file counts as empty, and is replaced."""
        self._file = data / FILE
        self._interrupted = _read(self._file)
        self._running: dict[_Key, UnfinishedAnswer] = {}

    def begin(self, answer: UnfinishedAnswer) -> None:
        """Keep an answer, until `end`."""
        self._change({**self._running, (answer.room, answer.bot, answer.asked): answer})

    def note_message(self, room: str, bot: str, asked: str, message: str, *, has_text: bool) -> None:
        """Keep the message in which a bot answers."""
        key = (room, bot, asked)
        if key in self._running:
            begun = self._running[key]
            has_text = has_text or (begun.has_text and begun.message == message)
            self._change({**self._running, key: replace(begun, message=message, has_text=has_text)})

    def end(self, room: str, bot: str, asked: str) -> None:
        """Forget an answer, because it is complete, has failed, or was stopped by the user."""
        self._change({key: answer for key, answer in self._running.items() if key != (room, bot, asked)})

    def end_all(self, room: str, asked: str) -> None:
        """Forget all answers to one message of the user."""
        self._change({key: each for key, each in self._running.items() if (each.room, each.asked) != (room, asked)})

    def interrupted(self, room: str) -> list[UnfinishedAnswer]:
        """Return the answers in a room that an earlier server has not ended."""
        return [answer for answer in self._interrupted if answer.room == room]

    def forget_interrupted(self, room: str) -> None:
        """Forget the interrupted answers in a room, because its page shows them, or because the room is deleted."""
        remaining = [answer for answer in self._interrupted if answer.room != room]
        if len(remaining) < len(self._interrupted):
            self._interrupted = remaining
            self._write()

    def _change(self, running: dict[_Key, UnfinishedAnswer]) -> None:
        if running != self._running:
            self._running = running
            self._write()

    def _write(self) -> None:
        answers = [*self._interrupted, *self._running.values()]
        try:
            write_atomically(self._file, json.dumps([asdict(answer) for answer in answers], indent=1) + "\n")
        except OSError as problem:
            logger.warning("If the server exits now, rooms won't show which answers were interrupted: %s", problem)


def _read(file: Path) -> list[UnfinishedAnswer]:
    try:
        answers = [UnfinishedAnswer(**each) for each in json.loads(read_small_file(file))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as problem:
        logger.warning("%s can't be read: %s", file, problem)
        return []
    return [answer for answer in answers if all(isinstance(value, (str, bool)) for value in asdict(answer).values())]
