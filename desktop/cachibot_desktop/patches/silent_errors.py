"""Adds a card to errors in a chat, and keeps such an error from closing the connection.

The page's WebSocket builds the agent in the loop that receives messages. If that fails, because no model is set up or a
provider has no key, the connection is closed, and the user's message is neither stored nor sent back; while it takes
long, Stop is not read. Errors are sent as `str(exception)`, which is empty for a time-out, and has no address for a
refused connection.

Here the agent is built when it runs, after the user's message has been stored: there a build can fail, and can be
stopped, like a run. An error frame that is sent while an exception is handled gets a card for that exception, which
`chat_socket.py` shows.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ..gateway.chat_errors import explain
from ..launch_options import LaunchOptions
from .answer_checks import checked
from .patch import Patch

_SECRET_NAME = re.compile(r"(?i)key|token|secret|password")
SHORTEST_SECRET = 8

model: ContextVar[str] = ContextVar("model", default="")
"""The model of the current answer. Tasks inherit it from the connection; in a room each bot has its own task."""


def apply(_launch: LaunchOptions) -> None:
    """Wrap the functions that build agents and error frames."""
    from cachibot.api import room_websocket, websocket
    from cachibot.models.room_websocket import RoomWSMessage
    from cachibot.models.websocket import WSMessage

    websocket.build_bot_agent = _build_later(websocket.build_bot_agent)
    room_websocket.CachibotAgent = _remember_model(room_websocket.CachibotAgent)
    WSMessage.error = _explained(WSMessage.error)
    RoomWSMessage.error = _explained(RoomWSMessage.error)


class LateAgent:
    """An agent that is built when it runs. Its run raises the exception of the build, and cancels the build."""

    registry = None

    def __init__(self, build: Callable[[], Awaitable[Any]]) -> None:
        self._build = build
        self._agent: Any = None

    async def run_stream(self, message: str) -> AsyncIterator[Any]:
        """Build the agent, and pass on what it yields."""
        self._agent = await self._build()
        model.set(self._agent.config.agent.model or "")
        async for event in checked(self._agent.run_stream(message)):
            yield event

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agent, name)


def _build_later(build: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(build)
    async def build_when_run(config: Any, **options: Any) -> Any:
        model.set((options.get("bot_models") or {}).get("default") or config.agent.model or "")
        return LateAgent(lambda: build(config, **options))

    return build_when_run


def _remember_model(agent_class: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(agent_class)
    def build(*, config: Any, **options: Any) -> Any:
        model.set(config.agent.model or "")
        agent = agent_class(config=config, **options)
        run = agent.run_stream
        agent.run_stream = lambda message: checked(run(message))
        return agent

    return build


def _explained(error: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(error)
    def explained(*args: Any, **options: Any) -> Any:
        frame = error(*args, **options)
        problem = sys.exception()
        if isinstance(problem, Exception):
            frame.payload["explanation"] = explain(problem, model=model.get(), secrets=_secrets())
        return frame

    return explained


def _secrets() -> list[str]:
    """Return the values of environment variables whose names say that they are secret."""
    return [value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET]


PATCH = Patch(
    name="silent errors",
    flaw="a message sent without a model disappears, and errors do not show their reason or address",
    versions="0.3.0",
    apply=apply,
)
