"""Says in a room which bots were answering when the server ended, or that none had begun. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..data.unfinished_answers import UnfinishedAnswer, UnfinishedAnswers
from .chat_card import interrupted
from .chat_frames import Frame
from .room_answer import CHOOSING, RoomAnswer
from .room_frames import ENDS, Kept


def note(unfinished: UnfinishedAnswers, room: str, frame: Frame, answer: RoomAnswer | None) -> None:
    """Keep from a frame of a room whether a bot begins or ends, unless the server's end is the reason."""
    kind, payload = frame["type"], frame["payload"]
    if answer is None or answer.interrupted:
        return
    asked = answer.message_id
    bot = str(payload.get("senderId") or payload.get("botId") or "")
    if answer.stopped:
        unfinished.end_all(room, asked)
    elif kind in ENDS and bot != CHOOSING:  # the chosen bot begins next
        unfinished.end(room, bot, asked)
    elif kind == "room_bot_thinking" and not payload.get("content"):
        name = str(payload.get("botName") or "")
        unfinished.begin(UnfinishedAnswer(room, bot, name, answer.question, asked))
        if bot != CHOOSING:
            unfinished.end(room, CHOOSING, asked)
    elif kind == "room_message" and payload.get("senderType") == "bot":
        unfinished.note_message(room, bot, asked, str(payload["messageId"]), has_text=bool(payload.get("content")))


def interruptions(answers: Iterable[UnfinishedAnswer], stored: Mapping[str, str]) -> list[Kept]:
    """Return the frames that end interrupted answers in the page of a room.

    An answer whose message is in `stored`, the texts of the room's messages, was complete.
    """
    return [Kept(frame, _answer(each)) for each in answers for frame in _frames(each, stored)]


def _answer(unfinished: UnfinishedAnswer) -> RoomAnswer:
    return RoomAnswer(unfinished.room, unfinished.question, unfinished.asked)


def _frames(answer: UnfinishedAnswer, stored: Mapping[str, str]) -> list[Frame]:
    bot = {"roomId": answer.room, "botId": answer.bot, "botName": answer.name}
    said = {"roomId": answer.room, "senderType": "bot", "senderId": answer.bot, "senderName": answer.name}
    if answer.message in stored:
        text = {**said, "content": stored[answer.message], "metadata": {"whole": True}}
        return [
            {"type": "room_bot_thinking", "payload": bot},
            {"type": "room_message", "payload": {**text, "messageId": answer.message}},
            {"type": "room_bot_done", "payload": {**bot, "messageId": answer.message}},
        ]
    frames: list[Frame] = [{"type": "room_bot_thinking", "payload": bot}]
    card: Frame = {**interrupted()}
    if answer.has_text:
        card["begun"] = answer.message
    elif answer.message:  # the card takes its place
        frames.append({"type": "room_message", "payload": {**said, "content": "", "messageId": answer.message}})
    frames.append({"type": "room_error", "payload": {**bot, "message": card["title"], "explanation": card}})
    return frames
