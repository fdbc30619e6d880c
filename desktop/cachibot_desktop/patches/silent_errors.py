"""Adds an explanation to errors in a chat, and keeps such an error from closing the connection.

The page's WebSocket builds the agent in the loop that receives messages. If that fails, because no model is set up or a
provider has no key, the connection is closed, and the user's message is neither stored nor sent back. Errors are sent
as `str(exception)`, which is empty for a time-out, and has no address for a refused connection.

Here a failed build returns an agent that fails when it runs, after the user's message has been stored. An error frame
that is sent while an exception is handled gets an explanation of that exception, which `chat_socket.py` shows.
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

    websocket.build_bot_agent = _keep_failure(websocket.build_bot_agent)
    room_websocket.CachibotAgent = _remember_model(room_websocket.CachibotAgent)
    WSMessage.error = _explained(WSMessage.error)
    RoomWSMessage.error = _explained(RoomWSMessage.error)


class FailedAgent:
    """Replacement for an agent that could not be built. Its run raises the exception of the build."""

    registry = None

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def run_stream(self, _message: str) -> AsyncIterator[Any]:
        """Raise the exception of the build."""
        raise self._problem
        yield  # makes this an asynchronous generator, as the caller expects


def _keep_failure(build: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(build)
    async def build_or_fail_later(config: Any, **options: Any) -> Any:
        model.set((options.get("bot_models") or {}).get("default") or config.agent.model or "")
        try:
            agent = await build(config, **options)
        except Exception as problem:
            return FailedAgent(problem)
        model.set(agent.config.agent.model or "")
        return agent

    return build_or_fail_later


def _remember_model(agent_class: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(agent_class)
    def build(*, config: Any, **options: Any) -> Any:
        model.set(config.agent.model or "")
        return agent_class(config=config, **options)

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
