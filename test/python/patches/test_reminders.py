"""The patch `reminders`: the flaw in stock CachiBot, and the fix in patched CachiBot and in a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from cachibot_process import CachibotProcess
from chat_client import connect, create_bots
from server_process import ServerProcess

DUE = "2026-11-01T20:45:00+00:00"

FIRE = f"""
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from cachibot.api.websocket import get_ws_manager
from cachibot.models.auth import BotOwnership, UserInDB, UserRole
from cachibot.models.bot import Bot
from cachibot.models.chat_model import Chat
from cachibot.models.work import Schedule, ScheduleType, Todo
from cachibot.services.scheduler_service import SchedulerService
from cachibot.storage import db
from cachibot.storage.repository import BotRepository, ChatRepository
from cachibot.storage.user_repository import OwnershipRepository, UserRepository
from cachibot.storage.work_repository import ScheduleRepository, TodoRepository
from cachibot_desktop.gateway.login import Login, login

NOW = datetime.now(UTC)
DUE = datetime.fromisoformat("{DUE}")

class Socket:
    def __init__(self):
        self.frames = []
    async def send_json(self, frame):
        self.frames.append(frame)

async def prepare():
    await UserRepository().create_user(UserInDB(id="ada", email="ada@example.org", username="ada", role=UserRole.USER,
                                                created_at=NOW, password_hash="x"))
    for bot in ("owned", "shared"):
        await BotRepository().upsert_bot(Bot(id=bot, name=bot, model="", systemPrompt="", capabilities={{}},
                                             createdAt=NOW, updatedAt=NOW))
    await OwnershipRepository().assign_bot_owner(BotOwnership(id="1", bot_id="owned", user_id="ada", created_at=NOW))
    await ChatRepository().create_chat(Chat(id="asked", bot_id="shared", title="Chat", created_at=NOW, updated_at=NOW))

async def ask():
    "Bob asks in a chat; the rest is made on the page Work."
    login.set(Login(SimpleNamespace(id="bob")))
    await TodoRepository().save(Todo(id="call", bot_id="shared", chat_id="asked", title="Call", remind_at=DUE,
                                     created_at=NOW))
    login.set(None)
    await TodoRepository().save(Todo(id="water", bot_id="owned", title="Water", remind_at=DUE, created_at=NOW))
    await ScheduleRepository().save(Schedule(id="eat", bot_id="shared", name="Eat", schedule_type=ScheduleType.ONCE,
                                             next_run_at=DUE, created_at=NOW, updated_at=NOW))

async def fire():
    await db.init_db()
    try:
        await prepare()
        await ask()
        socket = Socket()
        get_ws_manager().active_connections["any"] = socket
        scheduler = SchedulerService()
        await scheduler._check_due_reminders()
        await scheduler._check_due_schedules()
        done = [(await TodoRepository().get(id)).status.value for id in ("call", "water")]
        del get_ws_manager().active_connections["any"]
        kept = HOME / ".cachibot" / "reminders.json"
        unseen = json.loads(kept.read_text())["unseen"] if kept.exists() else []
        sent = [frame for frame in socket.frames if frame["payload"]["botId"] in ("owned", "shared")]
        return [done, len(sent), [[each["user"], each["content"], each["due"]] for each in unseen
                                  if each["bot"] in ("owned", "shared")]]
    finally:
        await db.close_db()

answer = asyncio.run(fire())
"""


def test_flaw(stock: CachibotProcess) -> None:
    """Every user gets each of them, once, and nothing keeps it."""
    assert stock.run(FIRE) == [["done", "done"], 3, []]


def test_patch(patched: CachibotProcess) -> None:
    kept = [["bob", "Reminder: Call", DUE], ["ada", "Reminder: Water", DUE], ["", "Eat", DUE]]
    assert patched.run(FIRE) == [["done", "done"], 0, kept]


@pytest.mark.left_to_ci
def test_what_was_due_while_the_server_was_away_is_told_until_it_is_seen(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_ready()
    token = server.sign_up()
    create_bots(server, token, {"b": "ollama/fake"})
    login = {"Authorization": f"Bearer {token}"}
    todo = {"title": "Call", "remindAt": DUE}
    assert server.request("POST", "/api/bots/b/todos", headers=login, json=todo).status_code == 201
    assert server.stop() == 0

    async def told(server: ServerProcess, *, see: bool) -> list[dict[str, Any]]:
        """The reminders that a page gets, which then says that they were seen."""
        found: list[dict[str, Any]] = []
        async with connect(server, token) as socket:
            try:
                async with asyncio.timeout(1):
                    while True:
                        frame = json.loads(await socket.recv())
                        found += [frame["payload"]] if frame["type"] == "scheduled_notification" else []
            except TimeoutError:
                pass
            if see:
                await socket.send(json.dumps({"type": "reminders_seen", "payload": {"ids": [found[0]["id"]]}}))
                await asyncio.sleep(0.5)
        return found

    again = start()
    again.wait_until_ready()
    [reminder] = asyncio.run(told(again, see=False))
    assert (reminder["content"], reminder["botId"], reminder["dueAt"]) == ("Reminder: Call", "b", DUE)
    assert again.stop() == 0
    third = start()
    third.wait_until_ready()
    assert asyncio.run(told(third, see=True)) == [reminder], "kept over a restart"
    assert asyncio.run(told(third, see=False)) == []
