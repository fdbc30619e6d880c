"""Answers with models that do not accept tools.

CachiBot gives tools to every bot. Many models do not accept any, above all small ones of Ollama, and their server
rejects each request that contains some: the user gets no answer from them.

prompture can describe the tools in its instructions instead, and read a call of a tool from the model's text; it does
so for drivers that know no tools. Here it does so, too, after a server has rejected the tools of a model, and from then
on for that model.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from ..gateway.chat_errors import classify
from ..launch_options import LaunchOptions
from .patch import Patch

_without_tools: set[tuple[str, str]] = set()
"""Drivers and models that have rejected tools since the start."""


def apply(_launch: LaunchOptions) -> None:
    """Wrap the two ways in which an agent asks a model."""
    from prompture.agents.async_conversation import AsyncConversation

    AsyncConversation.ask_with_tool_events = _asking_again(AsyncConversation.ask_with_tool_events)
    AsyncConversation.ask = _asking_whole_again(AsyncConversation.ask)


def _asking_again(ask: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @functools.wraps(ask)
    async def ask_again(self: Any, *args: Any, **options: Any) -> AsyncIterator[Any]:
        before: list[Any] | None = _prepare(self)
        try:
            async for event in ask(self, *args, **options):
                before = None
                yield event
        except Exception as problem:
            if before is None or not _rejects_tools(self, problem, before):
                raise
        else:
            return
        async for event in ask(self, *args, **options):
            yield event

    return ask_again


def _asking_whole_again(ask: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    @functools.wraps(ask)
    async def ask_again(self: Any, *args: Any, **options: Any) -> str:
        before = _prepare(self)
        try:
            return await ask(self, *args, **options)
        except Exception as problem:
            if not _rejects_tools(self, problem, before):
                raise
        return await ask(self, *args, **options)

    return ask_again


def _prepare(conversation: Any) -> list[Any]:
    """Describe the tools to a model that takes none; return the messages so far."""
    if _key(conversation) in _without_tools:
        conversation._simulated_tools = True
    return list(conversation._messages)


def _rejects_tools(conversation: Any, problem: Exception, before: list[Any]) -> bool:
    """Return whether the model rejects tools. If so, restore the conversation; its next request contains no tools."""
    if not conversation._tools or conversation._simulated_tools is True or classify(problem).kind != "no-tools":
        return False
    known = {id(message) for message in before}
    if any(each["role"] == "tool" and id(each) not in known for each in conversation._messages):
        return False  # asking again would run the tools twice
    _without_tools.add(_key(conversation))
    conversation._messages[:] = before
    conversation._simulated_tools = True
    return True


def _key(conversation: Any) -> tuple[str, str]:
    driver = conversation._driver
    return type(driver).__name__, str(getattr(driver, "model", ""))


PATCH = Patch(
    name="models without tools",
    flaw="a model that takes no tools, such as many of Ollama's, answers nothing",
    versions="0.3.0",
    apply=apply,
)
