"""The patch `utc_times`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

STORED = """
from datetime import datetime
from zoneinfo import ZoneInfo
from cachibot.models.work import Todo, Priority, TodoStatus
from cachibot.models.bot import Bot
from cachibot.storage import db
from cachibot.storage.repository import BotRepository
from cachibot.storage.work_repository import TodoRepository
from sqlalchemy import text

async def stored():
    await db.init_db()
    try:
        at = datetime(2027, 7, 1, 20, 45, tzinfo=ZoneInfo("Europe/Madrid"))
        await BotRepository().upsert_bot(Bot(id="default", name="Bot", model="", systemPrompt="", capabilities={},
                                             createdAt=at, updatedAt=at))
        todo = Todo(id=os.urandom(8).hex(), bot_id="default", title="Call", status=TodoStatus.OPEN,
                    priority=Priority.NORMAL, created_at=at, remind_at=at, tags=[])
        await TodoRepository().save(todo)
        read = (await TodoRepository().get(todo.id)).remind_at
        async with db.ensure_initialized()() as session:
            row = await session.execute(text("SELECT remind_at FROM todos WHERE id = :id"), {"id": todo.id})
            return [row.scalar()[:19], read.isoformat()]
    finally:
        await db.close_db()

answer = asyncio.run(stored())
"""


class TestUtcTimes:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(STORED) == ["2027-07-01 20:45:00", "2027-07-01T20:45:00"]

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(STORED) == ["2027-07-01 18:45:00", "2027-07-01T18:45:00+00:00"]
