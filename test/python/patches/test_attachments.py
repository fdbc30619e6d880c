"""The patch `attachments`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from typing import Any

from cachibot_process import CachibotProcess

ASK = """
    from datetime import datetime, timezone
    from types import SimpleNamespace
    from cachibot.agent import CachibotAgent
    from cachibot.models.knowledge import BotMessage
    from cachibot.storage import db
    from cachibot.storage.repository import KnowledgeRepository
    from sqlalchemy import text
    folder = WORKSPACE / "Attachments"
    folder.mkdir(exist_ok=True)
    (folder / "now.txt").write_text("of now")
    (folder / "answered.txt").write_text("of before")
    (folder / "failed.txt").write_text("of a failure")
    (folder / "a.png").write_bytes(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(9))
    given = []
    event = SimpleNamespace(event_type=SimpleNamespace(name="other"))
    class Model:
        async def run_stream(self, prompt, *, images=None):
            given.append([prompt, [len(each) for each in images or ()]])
            yield event
    async def ask():
        await db.init_db()
        repository = KnowledgeRepository()
        async with repository._session() as session:
            await session.execute(text("PRAGMA foreign_keys = OFF"))
        for number, (role, said) in enumerate([
            ("user", "first\\n\\nAttached: Attachments/answered.txt"), ("assistant", "Attached: Attachments/now.txt"),
            ("user", "second\\n\\nAttached: Attachments/failed.txt"),
            ("user", "third"), ("assistant", "It works again."), ("user", "Attached: Attachments/failed.txt"),
        ]):
            now = datetime.now(timezone.utc)
            await repository.save_bot_message(BotMessage(
                id=f"attached-{number}", bot_id="b", chat_id="attached", role=role, content=said, timestamp=now))
        async with repository._session() as session:
            await session.execute(text("PRAGMA foreign_keys = ON"))
        for message, chat in [
            ("Hi", None),
            ("And now?", "attached"),
            ("Look\\n\\nAttached: Attachments/now.txt\\nAttached: Attachments/a.png", None),
            ("Look\\n\\nAttached: Attachments/deleted.txt", None),
        ]:
            agent = object.__new__(CachibotAgent)
            agent._agent, agent.config = Model(), SimpleNamespace(workspace_path=WORKSPACE)
            agent.bot_id, agent.chat_id = "b", chat
            assert [each async for each in agent.run_stream(message)] == [event]
    asyncio.run(ask())
    answer = given
"""


def _asked(process: CachibotProcess) -> list[Any]:
    answer = process.run(ASK)
    assert isinstance(answer, list)
    return answer


DELETE = """
    from datetime import datetime, timezone
    from cachibot.models.knowledge import BotMessage
    from cachibot.storage import db
    from cachibot.storage.repository import BotRepository, KnowledgeRepository
    from cachibot.storage.room_repository import RoomMessageRepository
    from cachibot_desktop.attachments import folder, record
    from sqlalchemy import text
    (HOME / ".cachibot").mkdir(exist_ok=True)
    for name in ("one.txt", "both.txt", "room.txt", "bot.txt"):
        folder.save(WORKSPACE, name, b"x")
        record.add(HOME / ".cachibot", WORKSPACE, name, b"x")
    messages = [
        ("b", "one", ["one.txt", "both.txt", "room.txt"]), ("b", "two", ["both.txt"]), ("c", "three", ["bot.txt"]),
    ]
    async def delete():
        await db.init_db()
        repository = KnowledgeRepository()
        async with repository._session() as session:
            await session.execute(text("PRAGMA foreign_keys = OFF"))
            await session.execute(text("INSERT INTO bots (id, name, model, system_prompt) VALUES ('c', 'c', '', '')"))
            await session.execute(text(
                "INSERT INTO room_messages (id, room_id, sender_type, sender_id, sender_name, content)"
                " VALUES ('m', 'r', 'user', 'u', 'u', 'Attached: Attachments/room.txt')"))
            await session.commit()
        for bot, chat, names in messages:
            content = "\\n".join(["Look", *map(folder.line, names)])
            await repository.save_bot_message(BotMessage(
                id=chat, bot_id=bot, chat_id=chat, role="user", content=content, timestamp=datetime.now(timezone.utc)))
        async with repository._session() as session:
            await session.execute(text("PRAGMA foreign_keys = ON"))
        left = lambda: sorted(name for name in record.names(HOME / ".cachibot") if folder.find(WORKSPACE, name))
        await repository.delete_messages_for_chat("b", "one")
        first = left()
        await BotRepository().delete_bot("c")
        second = left()
        await RoomMessageRepository().delete_messages("r")
        third = left()
        await repository.delete_all_messages_for_bot("b")
        return [first, second, third, left()]
    answer = asyncio.run(delete())
"""


class TestAttachments:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert all("of now" not in prompt and pictures == [] for prompt, pictures in _asked(stock))

    def test_patch(self, patched: CachibotProcess) -> None:
        plain, later, new, deleted = _asked(patched)
        assert plain == ["Hi", []]
        assert later == [
            "And now?\n\n--- Attachments/answered.txt ---\nof before\n--- end of Attachments/answered.txt ---",
            [],
        ]
        assert "--- Attachments/now.txt ---\nof now\n---" in new[0]
        assert new[1] == [17]
        assert deleted[0].endswith("\n\n[Attachments/deleted.txt is not in the workspace any more]")

    def test_the_files_of_deleted_messages(self, stock: CachibotProcess, patched: CachibotProcess) -> None:
        all_four = ["bot.txt", "both.txt", "one.txt", "room.txt"]
        assert stock.run(DELETE) == [all_four] * 4
        assert patched.run(DELETE) == [["bot.txt", "both.txt", "room.txt"], ["both.txt", "room.txt"], ["both.txt"], []]

    def test_a_picture_with_tools(self, stock: CachibotProcess, patched: CachibotProcess) -> None:
        """An agent's model always has tools."""
        sent = """
            from prompture.drivers.async_claude_driver import AsyncClaudeDriver
            from prompture.drivers.async_ollama_driver import AsyncOllamaDriver
            from prompture.drivers.async_openai_driver import AsyncOpenAIDriver
            from prompture.media.image import image_from_bytes
            picture = image_from_bytes(b"GIF89a")
            message = {"role": "user", "content": [{"type": "text", "text": "?"}, {"type": "image", "source": picture}]}
            given = []
            async def generate(self, messages, tools, options):
                given.append(messages)
                return {}
            for driver in (AsyncClaudeDriver, AsyncOllamaDriver, AsyncOpenAIDriver):
                own = object.__new__(type("Driver", (driver,), {"generate_messages_with_tools": generate}))
                own.model, own.callbacks = "fake", None
                asyncio.run(own.generate_messages_with_tools_with_hooks([message], [], {}))
            answer = ["ImageContent" not in repr(messages) for messages in given]
        """
        assert stock.run(sent) == [False] * 3
        assert patched.run(sent) == [True] * 3

    def test_the_text_of_a_document(self, patched: CachibotProcess) -> None:
        text = patched.run("""
            import docx, pymupdf
            from cachibot_desktop.patches.attachments import _extract
            pdf, word = WORKSPACE / "a.pdf", WORKSPACE / "a.DOCX"
            document = pymupdf.open()
            document.new_page().insert_text((50, 50), "a page")
            document.save(pdf)
            document = docx.Document()
            document.add_paragraph("a paragraph")
            document.save(word)
            answer = [_extract(pdf).strip(), _extract(word), _extract(WORKSPACE / "a.txt")]
        """)
        assert text == ["a page", "a paragraph", None]
