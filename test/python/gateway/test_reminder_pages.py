"""Reminders go to the pages of their user until the user has seen them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cachibot_desktop.data.kept_reminders import KeptReminders
from cachibot_desktop.gateway.chat_frames import Frame
from cachibot_desktop.gateway.login import Login
from cachibot_desktop.gateway.reminders import Reminders

DUE = "2026-11-28T20:45:00+00:00"


class Page:
    """A page of a user."""

    def __init__(self, reminders: Reminders, user: str, role: str = "user") -> None:
        self.frames: list[Frame] = []
        reminders.add_page(self, Login(SimpleNamespace(id=user, role=role)))

    def show(self, frame: Frame) -> None:
        self.frames.append(frame)

    @property
    def texts(self) -> list[str]:
        return [frame["payload"]["content"] for frame in self.frames]


@pytest.fixture
def reminders(tmp_path: Path) -> Reminders:
    return Reminders(KeptReminders(tmp_path))


def seen(*ids: object) -> Frame:
    return {"type": "reminders_seen", "payload": {"ids": list(ids)}}


def test_a_reminder_is_shown_in_each_page_of_its_user_until_it_is_seen(reminders: Reminders) -> None:
    pages = [Page(reminders, "ada"), Page(reminders, "ada")]
    reminders.fire("ada", "default", "chat", "Call", DUE)
    reminders.fire("ada", "default", "", "Water", DUE)
    assert [page.texts for page in pages] == [["Call", "Water"]] * 2
    call, water = (frame["payload"] for frame in pages[0].frames)
    assert call == {"id": call["id"], "botId": "default", "chatId": "chat", "content": "Call", "dueAt": DUE}
    assert "chatId" not in water
    reminders.remove_page(pages[1])

    assert Page(reminders, "ada").texts == ["Call", "Water"], "not seen yet"
    assert reminders.receive(pages[0], seen(call["id"], 1, None))
    assert Page(reminders, "ada").texts == ["Water"]
    reminders.fire("ada", "default", "", "Eat", DUE)
    assert pages[1].texts == ["Call", "Water"], "this page has gone"


def test_another_user_neither_gets_a_reminder_nor_says_that_it_was_seen(reminders: Reminders) -> None:
    bob, root = Page(reminders, "bob"), Page(reminders, "root", "admin")
    reminders.fire("ada", "default", "chat", "Call", DUE)
    [kept] = reminders.kept.unseen
    assert reminders.receive(bob, seen(kept.id))
    assert (bob.frames, root.frames, Page(reminders, "bob").frames) == ([], [], [])
    assert Page(reminders, "ada").texts == ["Call"]


def test_a_reminder_of_nobody_goes_to_the_administrators(reminders: Reminders) -> None:
    bob, root = Page(reminders, "bob"), Page(reminders, "root", "admin")
    reminders.fire("", "default", "", "Call", DUE)
    assert (bob.texts, root.texts) == ([], ["Call"])


def test_other_frames_are_for_others(reminders: Reminders) -> None:
    page = Page(reminders, "ada")
    assert not reminders.receive(page, {"type": "chat", "payload": {}})
    assert reminders.receive(page, {"type": "reminders_seen", "payload": {"ids": "all"}})
    reminders.remove_page(page)
    assert not reminders.receive(page, seen())
