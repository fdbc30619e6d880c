"""The frames of a room's bots, kept for a page that connects again."""

from __future__ import annotations

from typing import Any

from cachibot_desktop.gateway.chat_frames import Frame
from cachibot_desktop.gateway.room_answer import RoomAnswer
from cachibot_desktop.gateway.room_frames import RoomFrames


def frame(kind: str, bot: str = "b", **more: Any) -> Frame:
    return {"type": kind, "payload": {"botId": bot, **more}}


def text(content: str, bot: str = "b") -> Frame:
    said = {"senderType": "bot", "senderId": bot, "messageId": f"{bot}-1", "content": content}
    return {"type": "room_message", "payload": said}


def keep(frames: RoomFrames, *added: Frame, answer: RoomAnswer | None = None, delivered: bool = True) -> None:
    for each in added:
        frames.add(each, answer, delivered=delivered)


def seen(frames: RoomFrames) -> list[tuple[str, str]]:
    """Return what a page gets that connects: each frame's type, and its text or bot."""
    missed = [each.frame for each in frames.missed()]
    frames.forget_ended()
    return [(each["type"], each["payload"].get("content", each["payload"].get("botId"))) for each in missed]


def test_a_page_gets_what_a_bot_has_said_so_far_as_one_message() -> None:
    frames = RoomFrames()
    keep(frames, frame("room_bot_thinking"), text(""), text("So "), frame("room_bot_tool_start"), text("far"))
    keep(frames, frame("room_bot_thinking", content="far"), {"type": "room_route_decision", "payload": {}})
    expected = [("room_bot_thinking", "b"), ("room_message", "So far"), ("room_bot_tool_start", "b")]
    assert [each.frame["payload"].get("metadata") for each in frames.missed()] == [None, {"whole": True}, None]
    assert seen(frames) == expected
    assert seen(frames) == expected, "also the next page, while the bot answers"
    keep(frames, text(", so good"), frame("room_usage"), frame("room_bot_done"))
    assert seen(frames) == []


def test_the_end_of_an_answer_waits_for_a_page() -> None:
    frames = RoomFrames()
    keep(frames, text("So far"), text("Also", "c"))
    keep(frames, text(", so good"), frame("room_usage"), frame("room_bot_done"), delivered=False)
    said = [("room_message", "So far, so good"), ("room_message", "Also")]
    assert seen(frames) == [*said, ("room_usage", "b"), ("room_bot_done", "b")]
    assert seen(frames) == [("room_message", "Also")]


def test_a_bot_that_answers_again_is_not_forgotten() -> None:
    frames = RoomFrames()
    again = {"type": "room_message", "payload": {"senderId": "b", "messageId": "b-2", "content": "And"}}
    keep(frames, text("So far"), frame("room_error"), again, delivered=False)
    assert seen(frames) == [("room_message", "So far"), ("room_error", "b"), ("room_message", "And")]
    assert seen(frames) == [("room_message", "And")]


def test_nothing_is_left_of_a_stopped_answer() -> None:
    frames, answer = RoomFrames(), RoomAnswer("r")
    keep(frames, frame("room_bot_thinking"), answer=answer)
    keep(frames, frame("room_bot_thinking", "c"))
    answer.stopped = True
    assert seen(frames) == [("room_bot_thinking", "c")]
    answer.stopped = False
    assert seen(frames) == [("room_bot_thinking", "c")]
