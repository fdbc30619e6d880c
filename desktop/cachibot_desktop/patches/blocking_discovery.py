"""Asking providers for their models does not stop the server.

Four routes are coroutines that call prompture's discovery, which asks each configured
provider over the network and waits: meanwhile no other request is answered.

Discovery is called deep inside those routes, so it cannot simply be awaited. Instead,
when it is reached in the event loop it raises `_Asked`, which passes every `except
Exception`; the route's wrapper has a thread find the answer and runs the route again,
which now finds it. All four can be run twice: three only read, and the fourth sets one
variable to one value.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ..launch_options import Launch
from .patch import Patch

ROUTES = ("get_models", "get_embedding_models", "update_provider", "get_bot_available_models")
DISCOVERY = (
    "get_available_models",
    "get_available_image_gen_models",
    "get_available_audio_models",
    "get_available_embedding_models",
)


class _Asked(BaseException):
    """Discovery was reached in the event loop: find this answer elsewhere."""

    def __init__(self, question: _Question) -> None:
        self.question = question


class _Question:
    """One call of a discovery function."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.function = function
        self._args = args
        self._options = options

    def answer(self) -> Any:
        return self.function(*self._args, **self._options)


_answers: ContextVar[dict[str, Any] | None] = ContextVar("answers", default=None)


def apply(_launch: Launch) -> None:
    """Wrap the routes and the functions they call."""
    import prompture
    import prompture.infra
    from cachibot.api.server import app

    for name in DISCOVERY:
        asking = _ask_elsewhere(getattr(prompture.infra, name))
        for module in (prompture, prompture.infra):
            if hasattr(module, name):
                setattr(module, name, asking)
    for route in app.routes:
        dependant = getattr(route, "dependant", None)
        if dependant is not None and getattr(dependant.call, "__name__", "") in ROUTES:
            dependant.call = _off_the_loop(dependant.call)


def _ask_elsewhere(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def ask(*args: Any, **options: Any) -> Any:
        known = _answers.get()
        if known is None:
            return function(*args, **options)
        if function.__name__ not in known:
            raise _Asked(_Question(function, args, options))
        return known[function.__name__]

    return ask


def _off_the_loop(route: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(route)
    async def answer(*args: Any, **options: Any) -> Any:
        known: dict[str, Any] = {}
        token = _answers.set(known)
        try:
            while True:
                try:
                    return await route(*args, **options)
                except _Asked as asked:
                    question = asked.question
                    # Each function is called once in a route, so its name is enough to know its answer by.
                    known[question.function.__name__] = await _in_a_thread(question)
        finally:
            _answers.reset(token)

    assert inspect.iscoroutinefunction(route), "a plain function would run in a thread anyway"
    return answer


async def _in_a_thread(question: _Question) -> Any:
    try:
        return await asyncio.to_thread(question.answer)
    except Exception:
        # As the routes themselves do: a provider that fails has no models.
        return []


PATCH = Patch(
    name="blocking discovery",
    flaw="GET /api/models stops all requests while providers are asked",
    versions="0.3.0",
    apply=apply,
)
