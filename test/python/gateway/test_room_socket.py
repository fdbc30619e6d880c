"""A room's WebSocket between the page and an application that these tests play."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cachibot_desktop.gateway.asgi_types import Message
from cachibot_desktop.gateway.chat_card import cut_off, markdown
from cachibot_desktop.gateway.chat_frames import pack
from cachibot_desktop.gateway.room_answer import CHOOSING, answering
from cachibot_desktop.gateway.room_socket import RoomSocket

Frame = dict[str, Any]
ASKED = {"type": "room_chat", "payload": {"message": "why?", "messageId": "m"}}
STOP: Frame = {"type": "room_cancel", "payload": {}}
GONE = {"type": "websocket.disconnect", "code": 1000}


def frame(kind: str, bot: str = "b", **more: Any) -> Frame:
    return {"type": kind, "payload": {"roomId": "r", "botId": bot, "botName": bot.upper(), **more}}


def text(content: str, bot: str = "b") -> Frame:
    said = {"senderType": "bot", "senderId": bot, "senderName": bot.upper(), "messageId": f"{bot}-1"}
    return {"type": "room_message", "payload": {"roomId": "r", **said, "content": content}}


class Page:
    """The page's side of the socket."""

    def __init__(self) -> None:
        self.shown: list[Frame] = []
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self.socket = RoomSocket(self._sent.get, self._show, "r")

    async def send(self, sent: Frame) -> None:
        """Send a frame, and wait until the socket has read it."""
        await self._sent.put({"type": "websocket.receive", "text": json.dumps(sent)})
        await asyncio.sleep(0.01)

    async def leave(self) -> None:
        await self._sent.put(GONE)

    async def _show(self, message: Message) -> None:
        self.shown.append(json.loads(message["text"]))

    def seen(self) -> list[tuple[str, str]]:
        """Return each frame's type, and its bot; of a message, its text."""
        return [(each["type"], each["payload"].get("content", each["payload"].get("botId"))) for each in self.shown]


def run(test: Callable[[Page], Awaitable[None]]) -> Page:
    async def within_a_while() -> Page:
        page = Page()
        async with asyncio.timeout(10):
            await test(page)
        page.socket.close()
        return page

    return asyncio.run(within_a_while())


def test_stop_ends_each_bot_in_the_page_and_keeps_its_text() -> None:
    async def stop(page: Page) -> None:
        await page.send(ASKED)
        await page.socket.receive()
        for sent in (frame("room_bot_thinking"), text(""), text("So fa"), frame("room_bot_thinking", "c")):
            await page.socket.send(pack(sent))
        await page.send(STOP)
        for late in (text("r, so good"), frame("room_bot_done"), frame("room_error", "c", message="C was cancelled")):
            await page.socket.send(pack(late))
        await page.socket.send(pack({"type": "room_presence", "payload": {"userId": "u"}}))

    page = run(stop)
    assert page.seen() == [
        ("room_bot_thinking", "b"),
        ("room_message", ""),
        ("room_message", "So fa"),
        ("room_bot_thinking", "c"),
        ("room_message", "**Stopped**"),
        ("room_bot_done", "b"),
        ("room_message", "**Stopped**"),
        ("room_bot_done", "c"),
        ("room_presence", None),
    ]
    first, second = (each["payload"] for each in page.shown if each["payload"].get("content") == "**Stopped**")
    assert first["messageId"] != "b-1", "the text so far stays"
    card = first["metadata"]["card"]
    assert (card["kind"], card["question"], card["asked"], card["bot"]) == ("stopped", "why?", "m", "b")
    assert card["begun"] == "b-1", "for the page, which keeps the text"
    assert "begun" not in second["metadata"]["card"]


def test_stop_is_read_while_the_application_reads_nothing() -> None:
    async def stop(page: Page) -> None:
        await page.send(ASKED)
        await page.socket.receive()
        answer = answering.get()
        assert answer is not None
        choice = asyncio.create_task(asyncio.sleep(60))
        answer.add(choice)
        await page.socket.send(pack(frame("room_bot_thinking", CHOOSING)))
        await page.send({"type": "room_chat", "payload": {"message": "and why not?"}})
        await page.send(STOP)
        with contextlib.suppress(asyncio.CancelledError):
            await choice
        assert choice.cancelled()
        await page.socket.receive()
        waited = answering.get()
        assert waited is not None
        assert waited.question == "and why not?"
        assert waited.stopped, "it was sent before Stop"
        await page.send(ASKED)
        assert "room_cancel" in (await page.socket.receive())["text"]
        await page.socket.receive()
        again = answering.get()
        assert again is not None
        assert not again.stopped

    assert run(stop).seen()[1:] == [("room_message", "**Stopped**"), ("room_bot_done", CHOOSING)]


def test_a_task_of_a_stopped_answer_does_not_start() -> None:
    async def stop(page: Page) -> None:
        await page.send(ASKED)
        await page.socket.receive()
        await page.send(STOP)
        answer = answering.get()
        assert answer is not None
        task = asyncio.create_task(asyncio.sleep(60))
        answer.add(task)
        await asyncio.wait([task])
        assert task.cancelled()

    assert run(stop).seen() == [], "no bot answered"


def test_a_bot_that_was_cancelled_by_itself_is_shown_as_stopped() -> None:
    async def cancel(page: Page) -> None:
        await page.send(ASKED)
        await page.socket.receive()
        await page.socket.send(pack(frame("room_bot_thinking")))
        await page.send({"type": "room_cancel", "payload": {"botId": "b"}})
        answer = answering.get()
        assert answer is not None
        assert not answer.stopped
        await page.socket.send(pack(frame("room_error", message="B was cancelled")))

    assert run(cancel).seen()[1:] == [("room_message", "**Stopped**"), ("room_bot_done", "b")]


def test_the_end_of_a_choice_is_no_empty_answer() -> None:
    async def choose(page: Page) -> None:
        await page.socket.send(pack(frame("room_bot_thinking", CHOOSING)))
        await page.socket.send(pack(frame("room_bot_done", CHOOSING)))

    assert run(choose).seen() == [("room_bot_thinking", CHOOSING), ("room_bot_done", CHOOSING)]


@pytest.mark.parametrize("said", ["So f", ""])
def test_an_answer_that_is_cut_off_says_so_after_its_figures(said: str) -> None:
    async def answer(page: Page) -> None:
        for sent in (text(said), frame("room_usage", cutOff=True), frame("room_bot_done")):
            await page.socket.send(pack(sent))

    page = run(answer)
    card = ("room_message", markdown(cut_off()))
    assert page.seen() == [("room_message", said), ("room_usage", "b"), card, ("room_bot_done", "b")]
    assert (page.shown[2]["payload"]["messageId"] == "b-1") == (said == ""), "it takes the place of an empty message"


async def fail(*_: object) -> Message:
    raise OSError


@pytest.mark.parametrize("broken", ["_receive", "_send"])
def test_a_connection_that_fails_is_one_that_has_gone(broken: str) -> None:
    async def stop(page: Page) -> None:
        await page.socket.send(pack(frame("room_bot_thinking")))
        setattr(page.socket, broken, fail)
        await page.send(STOP)
        assert (await page.socket.receive())["type"] == "websocket.disconnect"

    run(stop)
