"""Answers between pages and an application that these tests play."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cachibot_desktop.data.kept_reminders import KeptReminders
from cachibot_desktop.gateway.answers import Answers
from cachibot_desktop.gateway.asgi_types import Message, Receive, Scope, Send
from cachibot_desktop.gateway.chat_frames import Frame, pack
from cachibot_desktop.gateway.kept_frames import KeptFrames
from cachibot_desktop.gateway.login import Login
from cachibot_desktop.gateway.page_socket import PageSocket
from cachibot_desktop.gateway.reminders import Reminders

GONE = {"type": "websocket.disconnect", "code": 1001}


def frame(kind: str, **payload: Any) -> Frame:
    return {"type": kind, "payload": payload}


def said(text: str, message: str = "m") -> Frame:
    return frame("message", role="assistant", content=text, messageId=message)


class Application:
    """CachiBot: each connection reads a question, and says what the test tells it to."""

    def __init__(self) -> None:
        self.answers = Answers(self.handle)
        self.sends: dict[str, Send] = {}
        self.ended: list[str] = []

    async def handle(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        chat = ""
        with contextlib.suppress(asyncio.CancelledError):
            while (message := await receive())["type"] == "websocket.receive":
                asked = json.loads(message["text"])
                if asked["type"] == "chat":
                    chat = asked["payload"].get("chatId", "")
                    self.sends[chat] = send
                elif asked["type"] == "fail":
                    raise RuntimeError
        self.ended.append(chat)

    async def say(self, chat: str, *frames: Frame) -> None:
        for each in frames:
            await self.sends[chat](pack(each))
        await settled()


class Page:
    """One page of a user."""

    def __init__(self, application: Application, user: str = "ada") -> None:
        self.shown: list[Frame] = []
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._sent.put_nowait({"type": "websocket.connect"})
        login = Login(SimpleNamespace(id=user))
        reminders = Reminders(KeptReminders(Path("absent")))
        self.socket = PageSocket(self._sent.get, self._show, {}, application.answers, reminders, login)
        self._task = asyncio.create_task(application.handle({}, self.socket.receive, self.socket.send))

    async def send(self, kind: str, **payload: Any) -> None:
        await self._sent.put({"type": "websocket.receive", "text": json.dumps(frame(kind, **payload))})
        await settled()

    async def ask(self, question: str, chat: str | None = "c") -> None:
        await self.send("chat", message=question, **({} if chat is None else {"chatId": chat, "messageId": "q"}))

    async def leave(self) -> None:
        self._sent.put_nowait(GONE)
        await self._task
        self.socket.close()
        await settled()

    async def _show(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            self.shown.append(json.loads(message["text"]))

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Texts of the messages, with the chat of each."""
        return [(each["payload"].get("chatId", ""), each["payload"]["content"]) for each in messages(self.shown)]


def messages(frames: list[Frame]) -> list[Frame]:
    return [each for each in frames if each["type"] == "message"]


async def settled() -> None:
    await asyncio.sleep(0.02)


def run(test: Any) -> None:
    asyncio.run(test())


def test_an_answer_continues_without_its_page_and_is_repeated_until_a_page_has_shown_it() -> None:
    async def test() -> None:
        application = Application()
        first = Page(application)
        await first.ask("why?")
        await application.say("c", said("because"))
        assert first.texts == [("c", "why?"), ("c", "because")]
        assert first.shown[0]["payload"]["messageId"] == "q", "the page shows the question already"
        await first.leave()
        await application.say("c", said(" of that"), frame("usage"), frame("done"))

        second = Page(application)
        await settled()
        assert second.shown == []
        for _ in range(2):
            second.shown.clear()
            await second.send("resume", chats=[{"chatId": "c", "question": "why?"}])
            [replay] = second.shown
            assert replay["payload"]["chatId"] == "c"
            assert replay["payload"]["lost"] is False
            frames = replay["payload"]["frames"]
            assert [each["payload"]["content"] for each in messages(frames)] == ["why?", "because of that"]
            assert frames[-1] == frame("done", chatId="c")
        await second.send("answer_seen", chatId="c")
        second.shown.clear()
        await second.send("resume", chats=[{"chatId": "c", "question": "why?"}, {"question": 1}, None])
        [interrupted] = second.shown
        assert interrupted["payload"]["lost"] is True, "the page looks for it in the database"
        [card, end] = interrupted["payload"]["frames"]
        assert card["payload"]["metadata"]["card"]["kind"] == "interrupted"
        assert card["payload"]["metadata"]["card"]["question"] == "why?"
        assert end["type"] == "error"

    run(test)


def test_two_chats_answer_at_once_and_stop_ends_one_of_them() -> None:
    async def test() -> None:
        application = Application()
        page, other = Page(application), Page(application, "bob")
        await page.ask("why?", "a")
        await page.ask("how?", "b")
        await application.say("a", said("because", "1"))
        await application.say("b", said("so", "2"), frame("done"))
        await page.send("cancel", chatId="a")
        assert page.texts[:4] == [("a", "why?"), ("a", "because"), ("b", "how?"), ("b", "so")]
        assert page.shown[-1] == frame("done", chatId="a")
        await page.ask("what?", "a")
        await page.send("cancel")
        assert page.shown[-1] == frame("done", chatId="a"), "the last one, as stock CachiBot's page stops it"
        assert "b" in application.ended
        assert other.shown == []

    run(test)


def test_an_answer_without_a_chat_ends_with_its_page() -> None:
    async def test() -> None:
        application = Application()
        page = Page(application)
        await page.ask("why?", None)
        await application.say("", said("because"))
        assert page.texts == [("", "why?"), ("", "because")]
        await page.leave()
        assert application.ended.count("") == 2, "the page's connection, and that of the answer"

    run(test)


def test_complete_answers_are_kept_until_there_are_more_than_a_hundred() -> None:
    async def test() -> None:
        application = Application()
        page = Page(application)
        for chat in map(str, range(60)):
            await page.ask("why?", chat)
            await application.say(chat, said("because", chat), frame("done"))
        await page.send("resume", chats=[{"chatId": "0", "question": "why?"}])
        [replay] = [each["payload"] for each in page.shown if each["type"] == "answer_replay"]
        assert messages(replay["frames"])[-1]["payload"]["content"] == "because"

    run(test)


def test_a_page_without_a_user_gets_no_answers_of_others() -> None:
    async def test() -> None:
        application = Application()
        page, other = Page(application, ""), Page(application, "")
        await page.ask("why?")
        assert other.shown == []
        assert list(application.sends) == ["c"], "CachiBot itself answers"

    run(test)


def test_the_end_of_the_server_ends_all_answers() -> None:
    async def test() -> None:
        application = Application()
        page = Page(application)
        await page.ask("why?")
        application.answers.close()
        await settled()
        assert application.ended == ["c"]

    run(test)


def test_successive_pieces_of_a_text_are_kept_as_one() -> None:
    kept = KeptFrames()
    pieces = [said("a"), said("b"), said("c", "n"), frame("thinking", content="x"), frame("thinking", content="y")]
    for each in (*pieces, frame("approval_needed", id="1"), frame("approval_needed", id="2")):
        kept.add(each)
    kept.remove_approval("1")
    rest = [frame("thinking", content="xy"), frame("approval_needed", id="2")]
    assert kept.all() == [said("ab"), said("c", "n"), *rest]


def test_empty_thoughts_between_pieces_of_a_text_are_not_kept() -> None:
    kept = KeptFrames()
    for each in (said("a"), frame("thinking", content=""), said("b"), frame("thinking", content="")):
        kept.add(each)
    assert kept.all() == [said("ab")]
