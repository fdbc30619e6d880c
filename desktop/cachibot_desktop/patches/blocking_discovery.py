"""Keeps model discovery from blocking the server.

Four routes are coroutines that call prompture's discovery, which sends a request to each
configured provider and blocks: no other request is answered meanwhile.

Discovery is called deep inside these routes, so it cannot be awaited. Instead, it raises
`_DiscoveryReached` if it is called in the event loop; no `except Exception` catches that.
The route's wrapper runs discovery in a thread and then calls the route again, which now
gets the result. All four routes may run several times: three only read, and the fourth sets
one variable to the same value.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

ROUTES = ("get_models", "get_embedding_models", "update_provider", "get_bot_available_models")
DISCOVERY = (
    "get_available_models",
    "get_available_image_gen_models",
    "get_available_audio_models",
    "get_available_embedding_models",
)


class _DiscoveryReached(BaseException):
    """A discovery function was called in the event loop."""

    def __init__(self, call: _DiscoveryCall) -> None:
        self.call = call


class _DiscoveryCall:
    """One call of a discovery function, with its arguments."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.function = function
        self._args = args
        self._options = options

    def run(self) -> Any:
        return self.function(*self._args, **self._options)


_results: ContextVar[dict[str, Any] | None] = ContextVar("discovery results", default=None)
"""In a wrapped route: the results so far, by the name of the discovery function."""


def apply(_launch: LaunchOptions) -> None:
    """Wrap the routes and the functions they call."""
    import prompture
    import prompture.infra
    from cachibot.api.server import app

    for name in DISCOVERY:
        wrapped = _raise_in_event_loop(getattr(prompture.infra, name))
        for module in (prompture, prompture.infra):
            if hasattr(module, name):
                setattr(module, name, wrapped)
    for route in app.routes:
        # The endpoint, because reading `dependant` makes FastAPI analyse the route.
        if getattr(getattr(route, "endpoint", None), "__name__", "") in ROUTES:
            route.dependant.call = _run_discovery_in_thread(route.dependant.call)


def _raise_in_event_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def discover(*args: Any, **options: Any) -> Any:
        results = _results.get()
        if results is None:
            return function(*args, **options)
        if function.__name__ not in results:
            raise _DiscoveryReached(_DiscoveryCall(function, args, options))
        return results[function.__name__]

    return discover


def _run_discovery_in_thread(route: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(route)
    async def run_route(*args: Any, **options: Any) -> Any:
        results: dict[str, Any] = {}
        token = _results.set(results)
        try:
            while True:
                try:
                    return await route(*args, **options)
                except _DiscoveryReached as reached:
                    call = reached.call
                    # A route calls each function once, so the name identifies the result.
                    results[call.function.__name__] = await _run_in_thread(call)
        finally:
            _results.reset(token)

    assert inspect.iscoroutinefunction(route), "FastAPI already runs a plain function in a thread"
    return run_route


async def _run_in_thread(call: _DiscoveryCall) -> Any:
    try:
        return await asyncio.to_thread(call.run)
    except Exception:
        # The routes themselves treat a failure as an empty list, too.
        return []


PATCH = Patch(
    name="blocking discovery",
    flaw="GET /api/models blocks all requests until the providers have answered",
    versions="0.3.0",
    apply=apply,
)
