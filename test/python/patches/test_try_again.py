"""The patch `try_again`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

SAVE = """
    from datetime import datetime, timezone
    from cachibot.models.knowledge import BotMessage
    from cachibot.storage import db
    from cachibot.storage.repository import KnowledgeRepository
    from sqlalchemy import text
    async def save():
        await db.init_db()
        repository = KnowledgeRepository()
        async with repository._session() as session:
            # Stock CachiBot has no rows for a chat of the page (patch missing_rows).
            await session.execute(text("PRAGMA foreign_keys = OFF"))
        for number, (role, said) in enumerate([
            ("user", "why?"), ("user", "why?"), ("user", "how?"), ("assistant", "so"), ("user", "how?"),
        ]):
            now = datetime.now(timezone.utc)
            await repository.save_bot_message(BotMessage(
                id=f"again-{number}", bot_id="b", chat_id="c", role=role, content=said, timestamp=now))
        said = sorted(each.content for each in await repository.get_bot_messages("b", "c"))
        async with repository._session() as session:
            await session.execute(text("PRAGMA foreign_keys = ON"))
        return said
    answer = asyncio.run(save())
"""


class TestTryAgain:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(SAVE) == ["how?", "how?", "so", "why?", "why?"]

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(SAVE) == ["how?", "how?", "so", "why?"]
