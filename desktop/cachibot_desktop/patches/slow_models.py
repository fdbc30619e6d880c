"""A model on the user's own hardware may take as long as it needs.

prompture's drivers for Ollama, LM Studio and local endpoints wait 120, 300 or 30 s for an answer, which arrives in one
piece: a large model on a slow machine is cut off, and its work is lost. Only the wait for the answer is unlimited here;
a server that does not accept the connection fails as before, only sooner. The user can stop an answer at any time.
In a room, CachiBot itself ends each bot's answer after 120 s. Cloud providers keep their limits.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ..gateway.chat_error_words import LOCAL_PROVIDERS
from ..launch_options import Launch
from .patch import Patch
from .silent_errors import model

CONNECT_SECONDS = 10.0
SEND_SECONDS = 120.0
"""For a request on its way; prompts are large, networks slow."""

ASYNC_DRIVERS = ("async_ollama_driver", "async_lmstudio_driver", "async_local_http_driver")
SYNC_DRIVERS = ("ollama_driver", "lmstudio_driver", "local_http_driver")


def apply(_launch: Launch) -> None:
    """Give these drivers, and no others, an HTTP client that waits."""
    import httpx
    import requests

    limits = httpx.Timeout(SEND_SECONDS, connect=CONNECT_SECONDS, read=None)

    class PatientClient(httpx.AsyncClient):
        """Ignores the limit that a driver gives for an answer."""

        async def post(self, url: Any, **options: Any) -> httpx.Response:
            return await super().post(url, **{**options, "timeout": limits})

    for name in ASYNC_DRIVERS:
        _replace(f"prompture.drivers.{name}", "httpx", AsyncClient=PatientClient)
    for name in SYNC_DRIVERS:
        _replace(f"prompture.drivers.{name}", "requests", post=_patient(requests.post))
    _replace("cachibot.api.room_websocket", "asyncio", timeout=_limit_in_a_room)


def _limit_in_a_room(seconds: float | None) -> asyncio.Timeout:
    local = model.get().split("/")[0].lower() in LOCAL_PROVIDERS
    return asyncio.timeout(None if local else seconds)


def _patient(post: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(post)
    def post_and_wait(url: Any, **options: Any) -> Any:
        return post(url, **{**options, "timeout": (CONNECT_SECONDS, None)})

    return post_and_wait


class _Replaced:
    """A module in which some names are others."""

    def __init__(self, original: Any, names: dict[str, Any]) -> None:
        self._original = original
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _replace(module_name: str, library: str, **names: Any) -> None:
    """Replace names of a library in one module that uses it; other modules are not affected."""
    module = import_module(module_name)
    setattr(module, library, _Replaced(getattr(module, library), names))


PATCH = Patch(
    name="slow models",
    flaw="an answer of a local model that takes longer than 120 s is lost",
    versions="0.3.0",
    apply=apply,
)
