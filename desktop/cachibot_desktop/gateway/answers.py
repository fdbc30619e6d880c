"""Answers of chats, which continue when the page's WebSocket closes.

CachiBot gives one answer for each WebSocket, and cancels it when the WebSocket closes: when the user opens the
settings, reloads, or wakes the computer up. A message in another chat cancels it, too. And no frame says to which chat
it belongs.

So the gateway opens a connection to CachiBot for each answer, and closes it afterwards. Its frames name their chat.
They go to the user's pages, and are kept until a page has shown the whole answer. A page that connects asks for the
answers that it still waits for (`resume`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, Protocol

from .asgi_types import Message, Receive, Scope, Send
from .chat_frames import Frame, unpack
from .chat_socket import ANSWERING, ChatSocket, interruption
from .kept_frames import KeptFrames

logger = logging.getLogger(__name__)

SHOWN = frozenset((*ANSWERING, "approval_needed", "model_fallback"))
"""Types of the frames that a chat's connection sends to the page. Others arrive on the page's own connection, too."""
MOST_KEPT = 100
"""Complete answers that no page has confirmed."""

Handle = Callable[[Scope, Receive, Send], Awaitable[None]]
Key = tuple[str, str]
"""User and chat. A client that names no chat has one for each WebSocket."""


class Page(Protocol):
    """A WebSocket of the page."""

    def show(self, frame: Frame) -> None:
        """Send a frame to the page, after those before."""


class Answer:
    """The last answer in a chat, and its connection to CachiBot until it ends."""

    def __init__(self, handle: Handle, scope: Scope, chat: str, show: Callable[[Frame], None]) -> None:
        self.running = True
        self.frames = KeptFrames()
        self._chat = chat
        self._show = show
        self._from_page: asyncio.Queue[Message] = asyncio.Queue()
        self._from_page.put_nowait({"type": "websocket.connect"})
        self._socket = ChatSocket(self._from_page.get, self._publish)
        run = self._run(handle, {**scope})
        # A copy of the context, because the connection that received the message may end first.
        self._task = asyncio.get_running_loop().create_task(run, context=copy_context())

    def receive(self, message: Message) -> None:
        """Pass a frame of the page to CachiBot."""
        self._from_page.put_nowait(message)

    def close(self) -> None:
        """End the connection. CachiBot cancels what still runs, and the page gets nothing more of it."""
        self.running = False
        self._from_page.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def _run(self, handle: Handle, scope: Scope) -> None:
        try:
            await handle(scope, self._socket.receive, self._socket.send)
        except Exception:
            logger.exception("the connection of a chat failed")
        finally:
            if self.running:
                await self._socket.interrupt()
            self.running = False

    async def _publish(self, message: Message) -> None:
        frame = unpack(message, "websocket.send")
        if frame is None or frame["type"] not in SHOWN or not self.running:
            return
        if self._chat:
            frame = {**frame, "payload": {**frame["payload"], "chatId": self._chat}}
        self.frames.add(frame)
        self._show(frame)
        if frame["type"] in ("error", "done"):
            self.close()


class Answers:
    """The answers of all chats, and the pages that show them."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._answers: dict[Key, Answer] = {}
        self._pages: dict[Page, str] = {}
        """The connected pages, with the user of each."""
        self._asked: dict[Page, Key] = {}
        """The chat in which each page asked last: that of a request to stop which names no chat."""

    def add_page(self, page: Page, user: str) -> None:
        """Show the user's answers in a page from now on."""
        self._pages[page] = user

    def remove_page(self, page: Page) -> None:
        """Forget a page whose WebSocket has closed. Answers in its chats continue."""
        user = self._pages.pop(page, None)
        self._asked.pop(page, None)
        unnamed = None if user is None else self._answers.pop(_key(page, user, {}), None)
        if unnamed is not None:
            unnamed.close()

    def receive(self, page: Page, scope: Scope, message: Message, frame: Frame) -> bool:
        """Handle a frame of a page; return whether it was one for this class."""
        user, payload = self._pages.get(page), frame["payload"]
        if user is None:
            return False
        key = _key(page, user, payload)
        match frame["type"]:
            case "chat":
                self._asked[page] = key
                self._ask(page, key, scope, message, payload)
            case "cancel":
                key = key if _chat(payload) else self._asked.get(page, key)
                if key in self._answers:
                    self._answers[key].receive(message)
            case "resume":
                self._resume(page, user, payload)
            case "answer_seen":
                if key in self._answers and not self._answers[key].running:
                    del self._answers[key]
            case "approval":
                for answer in self._answers.values():
                    answer.frames.remove_approval(payload.get("id"))
                return False
            case _:
                return False
        return True

    def close(self) -> None:
        """End all answers, because the server stops."""
        for answer in self._answers.values():
            answer.close()

    def _ask(self, page: Page, key: Key, scope: Scope, message: Message, payload: Frame) -> None:
        if key in self._answers:
            self._answers.pop(key).close()
        user, chat = key
        named = _chat(payload) != ""
        pages = self._of(user) if named else lambda: [page]
        answer = Answer(self._handle, scope, chat if named else "", lambda frame: _show(pages(), frame))
        self._answers[key] = answer
        answer.receive(message)
        self._forget_oldest()

    def _resume(self, page: Page, user: str, payload: Frame) -> None:
        """Show the answers that a page still waits for.

        One that this server does not know (`lost`) is in the database if an earlier server completed it, which the page
        looks up. Otherwise it was interrupted.
        """
        asked = payload.get("chats")
        for waiting in asked if isinstance(asked, list) else ():
            chat = _chat(waiting) if isinstance(waiting, dict) else ""
            if not chat:
                continue
            answer = self._answers.get((user, chat))
            frames = answer.frames.all() if answer else interruption(str(waiting.get("question") or ""))
            tagged = [{**frame, "payload": {**frame["payload"], "chatId": chat}} for frame in frames]
            replay = {"chatId": chat, "frames": tagged, "lost": answer is None}
            page.show({"type": "answer_replay", "payload": replay})

    def _of(self, user: str) -> Callable[[], list[Page]]:
        return lambda: [page for page, owner in self._pages.items() if owner == user]

    def _forget_oldest(self) -> None:
        complete = [key for key, answer in self._answers.items() if not answer.running]
        for key in complete[: max(0, len(complete) - MOST_KEPT)]:
            del self._answers[key]


def _chat(payload: dict[str, Any]) -> str:
    chat = payload.get("chatId")
    return chat if isinstance(chat, str) else ""


def _key(page: Page, user: str, payload: Frame) -> Key:
    return user, _chat(payload) or f"unnamed {id(page)}"


def _show(pages: list[Page], frame: Frame) -> None:
    for page in pages:
        page.show(frame)
