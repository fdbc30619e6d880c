"""A file that the user attaches to a message reaches the model.

Flaw: the page's paperclip does nothing, and the messages of a chat are text only: no route takes a file for one.
cachibot 0.3.0.

Fix: the gateway saves the file in the agent's folder, and the page adds a line with its name to the message. This patch
gives the model what is in the files that a message names: text, also that of PDF and Word documents, and pictures.
Files of the chat's last messages that were answered are given again, as the messages are. One that was not answered is
not: it may be the reason, such as a picture for a model that accepts none. A file is removed with the last message that
names it.

prompture's drivers convert pictures to their provider's format only if the model gets no tools, and an agent's model
always does: so it happens here for both.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from ..attachments import folder, record
from ..attachments.reading import Prompt, missing, prompt_of
from ..data import work_folder
from ..launch_options import LaunchOptions
from .patch import Patch

MESSAGES = 10
"""CachiBot gives the model so many messages of a chat."""


_SAVED = """
SELECT content FROM bot_messages WHERE content LIKE :line UNION ALL
SELECT content FROM room_messages WHERE content LIKE :line
"""


def apply(launch: LaunchOptions) -> None:
    """Wrap the functions that answer a message, call a model with tools, and delete messages, a bot or a room."""
    from cachibot.agent import CachibotAgent
    from cachibot.storage.repository import BotRepository, KnowledgeRepository
    from cachibot.storage.room_repository import RoomMessageRepository, RoomRepository
    from prompture.drivers.async_base import AsyncDriver

    CachibotAgent.run_stream = _with_files(CachibotAgent.run_stream)
    AsyncDriver.generate_messages_with_tools_with_hooks = _with_pictures(
        AsyncDriver.generate_messages_with_tools_with_hooks
    )
    for repository, delete in (
        (KnowledgeRepository, "delete_messages_for_chat"),
        (KnowledgeRepository, "delete_all_messages_for_bot"),
        (RoomMessageRepository, "delete_messages"),
        (BotRepository, "delete_bot"),
        (RoomRepository, "delete_room"),
    ):
        setattr(repository, delete, _with_their_files(getattr(repository, delete), launch))


def _with_files(run_stream: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @functools.wraps(run_stream)
    async def run_with_files(self: Any, user_message: str, *, images: list[Any] | None = None) -> AsyncIterator[Any]:
        new = folder.attached(user_message)
        workspace = Path(self.config.workspace_path)
        gone = [name for name in new if folder.find(workspace, name) is None]
        message = "\n\n".join([user_message, *map(missing, gone)])
        names = new + await _earlier(self.bot_id, self.chat_id)
        found = [path for name in dict.fromkeys(names) if (path := folder.find(workspace, name)) is not None]
        prompt = await asyncio.to_thread(prompt_of, message, found, _extract) if found else Prompt(message, [])
        async for event in run_stream(self, prompt.text, images=[*(images or []), *prompt.pictures] or None):
            yield event

    return run_with_files


def _with_pictures(generate: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(generate)
    async def generate_with_pictures(self: Any, messages: list[dict[str, Any]], *args: Any, **options: Any) -> Any:
        return await generate(self, self._prepare_messages(messages), *args, **options)

    return generate_with_pictures


def _with_their_files(delete: Callable[..., Awaitable[Any]], launch: LaunchOptions) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(delete)
    async def delete_with_files(*args: Any) -> Any:
        before = await _attached()
        result = await delete(*args)
        if before and (gone := before - await _attached()):
            workspace = work_folder.current(launch.data, launch.workspace)
            try:
                await asyncio.to_thread(record.remove, launch.data, workspace, gone)
            except OSError as problem:  # the chat is deleted nevertheless
                logging.getLogger(__name__).warning("Attached files were not removed: %s", problem)
        return result

    return delete_with_files


async def _attached() -> set[str]:
    """Return the names of all files that messages attach."""
    from cachibot.storage.repository import KnowledgeRepository
    from sqlalchemy import text

    async with KnowledgeRepository()._session() as session:
        found = await session.execute(text(_SAVED), {"line": f"%{folder.line('%')}"})
        return {name for (message,) in found for name in folder.attached(message)}


async def _earlier(bot: str | None, chat: str | None) -> list[str]:
    """Return the names of the files in the chat's last messages that were answered, the newest first."""
    from cachibot.storage.repository import KnowledgeRepository

    if not bot or not chat:
        return []
    names: list[str] = []
    answered = False
    for message in reversed(await KnowledgeRepository().get_bot_messages(bot, chat, MESSAGES)):
        if message.role == "assistant":
            answered = True
        elif message.role == "user":
            names += folder.attached(message.content) if answered else []
            answered = False
    return names


def _extract(path: Path) -> str | None:
    from cachibot.services.document_processor import get_document_processor

    kind = path.suffix.lower().removeprefix(".")
    return get_document_processor().extract_text(path, kind) if kind in ("pdf", "docx") else None


PATCH = Patch(
    name="attachments",
    flaw="a file cannot be given to the model",
    versions="0.3.0",
    apply=apply,
)
