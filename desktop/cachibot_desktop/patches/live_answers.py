"""An answer appears in the chat as the model writes it.

prompture's agent waits for the whole answer of each round before it shows a word, because it has tools: CachiBot gives
three to every bot.

So while the chat's or a room's agent runs, the requests of prompture's drivers ask for a stream
(`streaming/streamed_request.py`), and the conversation passes each piece of text on while it waits for the whole
answer. The stored answer, the figures and the rounds of tools come from the whole answer, as before: text that a model
writes before it calls a tool is shown, but is not part of the stored answer.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ..launch_options import LaunchOptions
from ..streaming.live_text import LiveText, receiver
from ..streaming.streamed_request import stream_requests
from .patch import Patch

PAUSE_SECONDS = 0.05
"""Text that arrives in this time becomes one frame: the page writes all its chats to storage for each frame."""

Event = dict[str, Any]


class Piece(str):
    """A piece of an answer, which the chat shows as it arrives."""


class Shown(str):
    """An answer that the room shows already."""


class Bubble:
    """The message of a room in which a bot answers."""

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._has_text = False
        self._ends_round = False

    async def add(self, text: str) -> None:
        """Show text; the texts of two rounds with a paragraph between them."""
        if not text:
            return
        between = "\n\n" if self._has_text and self._ends_round else ""
        self._has_text, self._ends_round = True, False
        await self._send(between + text)

    def end_round(self) -> None:
        """The model has called a tool."""
        self._ends_round = True


live: ContextVar[bool] = ContextVar("live", default=False)
"""True while the agent of a chat or of a room runs, but not in its tools, which may run agents of their own."""
bubble: ContextVar[Bubble | None] = ContextVar("bubble", default=None)


def apply(_launch: LaunchOptions) -> None:
    """Wrap the requests, the conversation, and the two runs of an agent that show its text."""
    import httpx
    from cachibot.agent import CachibotAgent
    from cachibot.api import room_websocket, websocket
    from cachibot.models.room_websocket import RoomWSMessage
    from cachibot.models.websocket import WSMessage
    from prompture.agents.async_conversation import AsyncConversation

    httpx.AsyncClient.send = stream_requests(httpx.AsyncClient.send)  # type: ignore[assignment, method-assign]
    AsyncConversation.ask_with_tool_events = _with_tools(AsyncConversation.ask_with_tool_events)
    CachibotAgent.run_stream = _stored_answer(CachibotAgent.run_stream)
    websocket.run_agent = _live(websocket.run_agent)
    room_websocket.run_room_bot = _live(room_websocket.run_room_bot)
    WSMessage.thinking = _without_pieces(WSMessage.thinking)
    RoomWSMessage.room_message = _in_a_bubble(RoomWSMessage.room_message, room_websocket)


def _live(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(run)
    async def run_live(*args: Any, **options: Any) -> Any:
        was_live, outer = live.set(True), bubble.set(None)
        try:
            return await run(*args, **options)
        finally:
            bubble.reset(outer)
            live.reset(was_live)

    return run_live


def _with_tools(ask: Callable[..., AsyncGenerator[Event]]) -> Callable[..., AsyncGenerator[Event]]:
    @functools.wraps(ask)
    async def ask_live(self: Any, *args: Any, **options: Any) -> AsyncGenerator[Event]:
        events = ask(self, *args, **options)
        if live.get() and self._tools:
            events = _live_events(events, simulated_tools=_simulates_tools(self))
        async for event in events:
            yield event

    return ask_live


def _simulates_tools(conversation: Any) -> bool:
    setting = conversation._simulated_tools
    return setting is True or (setting == "auto" and not getattr(conversation._driver, "supports_tool_use", False))


async def _live_events(events: AsyncGenerator[Event], *, simulated_tools: bool) -> AsyncGenerator[Event]:
    """Pass on a conversation's events, and before each the text that arrives until then."""
    context = contextvars.copy_context()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    text: LiveText | None = None
    in_tool = False
    step: asyncio.Task[Event | None] | None = None
    try:
        while True:
            text = None if in_tool else text or LiveText(pieces.put_nowait, simulated_tools=simulated_tools)
            context.run(receiver.set, text)
            context.run(live.set, not in_tool)
            step = asyncio.create_task(_next(events), context=context)
            step.add_done_callback(lambda _: pieces.put_nowait(None))
            async for piece in _joined(pieces):
                yield {"type": "text_delta", "text": Piece(piece)}
            event = step.result()
            if event is None:
                return
            if event["type"] == "text_delta" and text is not None and text.shown:
                if rest := text.rest_of(event["text"]):
                    yield {**event, "text": Piece(rest)}
                continue
            in_tool = event["type"] == "tool_call"
            yield event
    finally:
        if step is not None and not step.done():
            step.cancel()
            await asyncio.gather(step, return_exceptions=True)
        await events.aclose()


async def _next(events: AsyncGenerator[Event]) -> Event | None:
    return await anext(events, None)


async def _joined(pieces: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    """Yield the pieces until None; those that wait as one."""
    while (piece := await pieces.get()) is not None:
        waiting: list[str | None] = [piece]
        while not pieces.empty() and waiting[-1] is not None:
            waiting.append(pieces.get_nowait())
        yield "".join(text for text in waiting if text is not None)
        if waiting[-1] is None:
            return
        await asyncio.sleep(PAUSE_SECONDS)


def _stored_answer(run: Callable[..., AsyncGenerator[Any]]) -> Callable[..., AsyncGenerator[Any]]:
    @functools.wraps(run)
    async def run_and_store(*args: Any, **options: Any) -> AsyncGenerator[Any]:
        """Yield the events of a run, whose result has the text of the last round only."""
        room = bubble.get()
        async for event in run(*args, **options):
            kind = event.event_type.name
            if kind == "output" and live.get():
                answer = _last_text(event.data)
                if isinstance(event.data.output, str):
                    event.data.output = answer
                event.data.output_text = answer
                if room is not None:
                    yield type(event)(event_type=type(event.event_type).text_delta, data=Shown(answer))
            elif kind == "text_delta" and room is not None:
                await room.add(event.data)
                continue
            elif kind == "tool_call" and room is not None:
                room.end_round()
            yield event

    return run_and_store


def _last_text(result: Any) -> str:
    last = result.messages[-1] if result.messages else {}
    content = last.get("content")
    return content if last.get("role") == "assistant" and isinstance(content, str) else str(result.output_text)


def _without_pieces(thinking: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(thinking)
    def think(content: str, *args: Any, **options: Any) -> Any:
        # CachiBot also sends the text between two tools as thoughts.
        return thinking("" if isinstance(content, Piece) else content, *args, **options)

    return think


def _in_a_bubble(message: Callable[..., Any], room_websocket: Any) -> Callable[..., Any]:
    @functools.wraps(message)
    def make(*args: Any, **options: Any) -> Any:
        content = options.get("content")
        if options.get("sender_type") == "bot" and content == "" and not isinstance(content, Shown) and live.get():
            # The empty message that begins a bot's answer. A room adds text to it by its ID.
            begun = {**options, "message_id": options.get("message_id") or str(uuid.uuid4())}

            async def send(text: str) -> None:
                frame = message(*args, **{**begun, "content": text})
                await room_websocket.room_manager.send_to_room(begun["room_id"], frame)

            bubble.set(Bubble(send))
            options = begun
        return message(*args, **{**options, "content": "" if isinstance(content, Shown) else content})

    return make


PATCH = Patch(
    name="live answers",
    flaw="an answer appears only when the model has written all of it",
    versions="0.3.0",
    apply=apply,
)
