"""The file of reminders that the user has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_desktop.data import kept_reminders
from cachibot_desktop.data.kept_reminders import FILE, KeptReminders

DUE = "2026-11-28T20:45:00+00:00"


def test_a_reminder_is_kept_until_it_is_seen(tmp_path: Path) -> None:
    first = KeptReminders(tmp_path)
    call = first.add("ada", "default", "chat", "Call", DUE)
    water = first.add("", "default", "", "Water", DUE)
    first.set_user("chat", "ada")
    again = KeptReminders(tmp_path)
    assert again.unseen == [call, water]
    assert (again.user_of("chat"), again.user_of("other")) == ("ada", "")
    again.remove({call.id, "unknown"})
    assert KeptReminders(tmp_path).unseen == [water]


def test_a_repeated_reminder_replaces_the_unseen_one(tmp_path: Path) -> None:
    reminders = KeptReminders(tmp_path)
    reminders.add("ada", "default", "chat", "Call", DUE)
    reminders.add("ada", "default", "other chat", "Call", DUE)
    latest = reminders.add("ada", "default", "chat", "Call", "2026-11-29T20:45:00+00:00")
    assert [each.chat for each in reminders.unseen] == ["other chat", "chat"]
    assert reminders.unseen[-1] == latest


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_reminders, "MOST_UNSEEN", 2)
    monkeypatch.setattr(kept_reminders, "MOST_CHATS", 2)
    reminders = KeptReminders(tmp_path)
    for name in ("a", "b", "c"):
        reminders.add("ada", "default", "chat", name, DUE)
    for chat in ("a", "b", "a", "c"):
        reminders.set_user(chat, "ada")
    again = KeptReminders(tmp_path)
    assert [each.content for each in again.unseen] == ["b", "c"]
    assert [again.user_of(chat) for chat in ("a", "b", "c")] == ["ada", "", "ada"]


@pytest.mark.parametrize(
    "damaged",
    ["", "{", "[]", '{"unseen": 1}', '{"unseen": [{"id": "1"}]}', '{"users": ["a"]}', '{"users": {"a": 1}}', "\0" * 64],
)
def test_a_damaged_file_is_set_aside(tmp_path: Path, damaged: str) -> None:
    (tmp_path / FILE).write_text(damaged, encoding="utf-8")
    reminders = KeptReminders(tmp_path)
    assert reminders.unseen == []
    assert (tmp_path / f"{FILE}.damaged-1").read_text(encoding="utf-8") == damaged
    kept = reminders.add("ada", "default", "", "Call", DUE)
    assert KeptReminders(tmp_path).unseen == [kept]


def test_a_file_that_cannot_be_written_loses_nothing_while_the_server_runs(tmp_path: Path) -> None:
    reminders = KeptReminders(tmp_path / "absent")
    kept = reminders.add("ada", "default", "", "Call", DUE)
    assert reminders.unseen == [kept]
