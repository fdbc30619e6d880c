"""The patch `missing_rows`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cachibot_process import CachibotProcess

FIRST_MESSAGE = """
import uuid
from datetime import datetime, timezone
from cachibot.models.knowledge import BotMessage
from cachibot.storage import db
from cachibot.storage.repository import KnowledgeRepository
from sqlalchemy import text

async def first_message():
    await db.init_db()
    name = str(uuid.uuid4())  # Also its text, because the same text once more is a second try of the same message.
    message = BotMessage(id=name, bot_id="default", chat_id="chat-1", role="user", content=name,
                         timestamp=datetime.now(timezone.utc))
    try:
        await KnowledgeRepository().save_bot_message(message)
        async with db.ensure_initialized()() as session:
            count = (await session.execute(text("SELECT count(*) FROM bot_messages"))).scalar()
            bots = [tuple(row) for row in await session.execute(text("SELECT id, name FROM bots"))]
            chats = [tuple(row) for row in await session.execute(text("SELECT id, bot_id FROM chats"))]
            extra = [row[0] for row in await session.execute(
                text("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"))]
        return [count, bots, chats, extra]
    except Exception as problem:
        return str(problem)
    finally:
        await db.close_db()

answer = asyncio.run(first_message())
"""


EARLIER_BUILD = """
from cachibot.storage import db
from cachibot.storage.repository import ChatRepository
from sqlalchemy import text

async def list_after_restart():
    await db.init_db()
    async with db.ensure_initialized()() as session:
        await session.execute(text("INSERT INTO bots (id, name, model, system_prompt) VALUES ('b', 'Bot', '', '')"))
        await session.execute(text("INSERT INTO chats (id, bot_id, title) VALUES ('earlier', 'b', 'Chat')"))
        await session.execute(text("INSERT INTO chats (id, bot_id, title, pinned, archived)"
                                   " VALUES ('archived', 'b', 'Chat', 1, 1), ('other', 'b', 'Chat', 1, 0)"))
        await session.commit()
    await db.close_db()
    await db.init_db()
    try:
        chats = await ChatRepository().get_chats_by_bot("b", include_archived=True)
        listed = {chat.id for chat in await ChatRepository().get_chats_by_bot("b")}
        return sorted([chat.id, chat.pinned, chat.archived, chat.id in listed] for chat in chats)
    finally:
        async with db.ensure_initialized()() as session:
            await session.execute(text("DELETE FROM chats WHERE bot_id = 'b'"))
            await session.execute(text("DELETE FROM bots WHERE id = 'b'"))
            await session.commit()
        await db.close_db()

answer = asyncio.run(list_after_restart())
"""


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with a database of its own, because these tests count rows."""
    with CachibotProcess(tmp_path_factory.mktemp("missing-rows"), patched=True) as process:
        yield process


class TestMissingRows:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert "FOREIGN KEY constraint failed" in stock.run(FIRST_MESSAGE)

    def test_patch(self, patched: CachibotProcess) -> None:
        count, bots, chats, extra = patched.run(FIRST_MESSAGE)
        assert (count, bots, chats) == (1, [["default", "CachiBot"]], [["chat-1", "default"]])
        assert extra == [], "the patch does not change the schema"
        assert patched.run(FIRST_MESSAGE)[0] == 2, "the second message uses the existing rows"

    def test_the_uis_next_sync_completes_the_rows(self, patched: CachibotProcess) -> None:
        patched.run(FIRST_MESSAGE)
        name = patched.run("""
            from datetime import datetime, timezone
            from cachibot.models.bot import Bot
            from cachibot.storage import db
            from cachibot.storage.repository import BotRepository

            async def sync():
                await db.init_db()
                now = datetime.now(timezone.utc)
                await BotRepository().upsert_bot(Bot(id="default", name="Mine", model="ollama/x", systemPrompt="Hi",
                                                     capabilities={}, createdAt=now, updatedAt=now))
                bot = await BotRepository().get_bot("default")
                await db.close_db()
                return bot.name

            answer = asyncio.run(sync())
        """)
        assert name == "Mine"

    def test_the_chat_is_listed(self, patched: CachibotProcess) -> None:
        patched.run(FIRST_MESSAGE)
        listed = patched.run("""
            from cachibot.storage import db
            from cachibot.storage.repository import ChatRepository

            async def list_chats():
                await db.init_db()
                chats = await ChatRepository().get_chats_by_bot("default")
                await db.close_db()
                return [[chat.id, chat.pinned, chat.archived] for chat in chats]

            answer = asyncio.run(list_chats())
        """)
        assert listed == [["chat-1", False, False]]

    def test_a_chat_of_an_earlier_build_is_listed_after_a_restart(
        self, stock: CachibotProcess, patched: CachibotProcess
    ) -> None:
        others = [["archived", True, True, False], ["other", True, False, True]]
        wrong, right = ["earlier", True, True, False], ["earlier", False, False, True]
        assert stock.run(EARLIER_BUILD) == sorted([*others, wrong])
        assert patched.run(EARLIER_BUILD) == sorted([*others, right])

    def test_stock_cachibot_can_open_the_database_afterwards(
        self, stock: CachibotProcess, patched: CachibotProcess
    ) -> None:
        patched.run(FIRST_MESSAGE)
        database = patched.home / ".cachibot" / "cachibot.db"
        count = stock.run(f"""
            from cachibot.storage import db
            from sqlalchemy import text

            async def count_messages():
                os.environ["CACHIBOT_DATABASE_URL"] = "sqlite+aiosqlite:///" + {str(database)!r}
                try:
                    await db.init_db()
                    async with db.ensure_initialized()() as session:
                        return (await session.execute(text("SELECT count(*) FROM bot_messages"))).scalar()
                finally:
                    await db.close_db()
                    del os.environ["CACHIBOT_DATABASE_URL"]

            answer = asyncio.run(count_messages())
        """)
        assert count > 0
