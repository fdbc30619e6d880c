"""A failed answer can be explained, and does not close the connection.

The page's WebSocket builds the agent in the loop that receives messages: when that fails, because no model is set up or
a provider has no key, the connection is closed, and the user's message is neither stored nor sent back. And an error is
sent as `str(exception)`, which for a time-out is empty, and for a refused connection lacks the address.

So a build that fails gives an agent that fails when it is run, after the user's message was stored; and an error that
is sent while an exception is handled carries an explanation made from that exception. `chat_socket.py` shows it.
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
from ..launch_options import Launch
from .patch import Patch

_SECRET_NAME = re.compile(r"(?i)key|token|secret|password")
SHORTEST_SECRET = 8

model: ContextVar[str] = ContextVar("model", default="")
"""The model that answers. Tasks that a connection starts inherit it; in a room each bot has a task of its own."""


def apply(_launch: Launch) -> None:
    """Wrap the WebSocket's way to an agent, and its error message."""
    from cachibot.api import room_websocket, websocket
    from cachibot.models.room_websocket import RoomWSMessage
    from cachibot.models.websocket import WSMessage

    websocket.build_bot_agent = _keep_failure(websocket.build_bot_agent)
    room_websocket.CachibotAgent = _remember_model(room_websocket.CachibotAgent)
    WSMessage.error = _explained(WSMessage.error)
    RoomWSMessage.error = _explained(RoomWSMessage.error)


class FailedAgent:
    """Stands for an agent that could not be built: its run fails as the build did."""

    registry = None

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def run_stream(self, _message: str) -> AsyncIterator[Any]:
        """Raise what the build raised."""
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
    """Return the keys that this process was given, whatever they look like."""
    return [value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET]


PATCH = Patch(
    name="silent errors",
    flaw="a message sent without a model disappears, and an error names neither its reason nor its address",
    versions="0.3.0",
    apply=apply,
)
