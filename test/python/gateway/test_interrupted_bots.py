"""Entries for a room's answers in progress, made from its frames, and of its messages that wait for a bot."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cachibot_desktop.data.unfinished_answers import FILE, UnfinishedAnswer, UnfinishedAnswers
from cachibot_desktop.gateway.interrupted_bots import note
from cachibot_desktop.gateway.room_answer import CHOOSING, RoomAnswer, answering
from cachibot_desktop.patches import room_answers

FIRST, SECOND = RoomAnswer("room", "a question", "1"), RoomAnswer("room", "another question", "2")


def kept(data: Path) -> list[tuple[str, str]]:
    """Return bot and message of each entry in the file."""
    return [(each["bot"], each["asked"]) for each in json.loads((data / FILE).read_text())]


def waiting(answer: RoomAnswer) -> UnfinishedAnswer:
    return UnfinishedAnswer(answer.room, CHOOSING, CHOOSING, answer.question, answer.message_id)


def frame(kind: str, bot: str, **more: str) -> dict[str, Any]:
    return {"type": kind, "payload": {"botId": bot, "botName": bot, **more}}


def test_a_message_waits_while_the_bots_of_another_one_begin_and_end(tmp_path: Path) -> None:
    unfinished = UnfinishedAnswers(tmp_path)
    for answer in (FIRST, SECOND):
        unfinished.begin(waiting(answer))
    note(unfinished, "room", frame("room_bot_thinking", CHOOSING), SECOND)
    note(unfinished, "room", frame("room_bot_thinking", "one"), FIRST)
    assert kept(tmp_path) == [(CHOOSING, "2"), ("one", "1")]
    note(unfinished, "room", frame("room_bot_done", "one"), FIRST)
    assert kept(tmp_path) == [(CHOOSING, "2")]
    note(unfinished, "room", frame("room_bot_done", CHOOSING), SECOND)
    note(unfinished, "room", frame("room_bot_thinking", "one"), SECOND)
    assert kept(tmp_path) == [("one", "2")]
    note(unfinished, "room", frame("room_error", "one"), SECOND)
    assert kept(tmp_path) == []


def test_a_bot_that_answers_two_messages_is_kept_for_each(tmp_path: Path) -> None:
    unfinished = UnfinishedAnswers(tmp_path)
    for answer in (FIRST, SECOND):
        note(unfinished, "room", frame("room_bot_thinking", "one"), answer)
    note(unfinished, "room", frame("room_bot_done", "one"), FIRST)
    assert kept(tmp_path) == [("one", "2")]


async def chosen(*_args: object) -> tuple[str, str]:
    return "one", "the best"


async def gone(*_args: object) -> tuple[str, str]:
    return "gone", "the best"


async def failing(*_args: object) -> Any:
    raise RuntimeError("failed")


def handle(data: Path, call: str, function: Any) -> list[tuple[str, str]]:
    """Call a wrapped function of CachiBot in the task of the first message; return what is kept then."""
    rooms = room_answers._Rooms(UnfinishedAnswers(data))
    rooms.unfinished.begin(waiting(FIRST))
    rooms.unfinished.begin(waiting(SECOND))

    async def run() -> None:
        answering.set(FIRST)
        room = SimpleNamespace(room_id="room", bot_configs={"one": None}, id="1")
        if call == "choose":
            await room_answers._noting_failed_choice(function, rooms)(room, "a question")
        elif call == "save":
            await room_answers._noting_questions(function, rooms)(None, room)
        else:
            room_answers._noting_silence(function, rooms)(room, "a question", "user")

    try:
        asyncio.run(run())
    except RuntimeError as problem:
        assert str(problem) == "failed"
    return kept(data)


@pytest.mark.parametrize(
    ("call", "function", "waits"),
    [
        ("choose", chosen, True),
        ("choose", gone, False),
        ("choose", failing, False),
        ("save", chosen, True),
        ("save", failing, False),
        ("select", lambda *_args: ["one"], True),
        ("select", lambda *_args: [], False),
    ],
)
def test_a_message_that_no_bot_will_answer_does_not_wait(
    tmp_path: Path, call: str, function: Any, *, waits: bool
) -> None:
    entries = [entry for entry in handle(tmp_path, call, function) if entry[1] == "1"]
    assert entries == ([(CHOOSING, "1")] if waits else [])
    assert (CHOOSING, "2") in kept(tmp_path)
