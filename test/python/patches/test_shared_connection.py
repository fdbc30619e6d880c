"""The patch `shared_connection`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

SAVED_BESIDE_A_READER = """
from cachibot.storage import db
from sqlalchemy import text

async def save_beside_a_reader():
    await db.init_db()
    sessions = db.ensure_initialized()
    try:
        async with sessions() as writer:
            await writer.execute(text("CREATE TABLE IF NOT EXISTS kept (word TEXT)"))
            await writer.commit()
            await writer.execute(text("INSERT INTO kept VALUES ('saved')"))
            async with sessions() as reader:
                await reader.execute(text("SELECT 1"))
            await writer.commit()
        async with sessions() as session:
            count = (await session.execute(text("SELECT count(*) FROM kept"))).scalar()
            await session.execute(text("DROP TABLE kept"))
            await session.commit()
        return count
    finally:
        await db.close_db()

answer = asyncio.run(save_beside_a_reader())
"""


class TestSharedConnection:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(SAVED_BESIDE_A_READER) == 0

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(SAVED_BESIDE_A_READER) == 1
