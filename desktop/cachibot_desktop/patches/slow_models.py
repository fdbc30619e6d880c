"""Removes the time limit for answers of models on the user's own hardware.

prompture's drivers for Ollama, LM Studio and local endpoints wait 120, 300 or 30 s for an answer, which arrives in one
piece: the answer of a large model on a slow computer is lost. Here only the wait for the answer is unlimited; a server
that does not accept the connection still fails, but sooner. The user can cancel an answer at any time. In a room,
CachiBot itself cancels each bot's answer after 120 s; that limit is removed for local models, too. Cloud providers keep
their limits.
"""

from __future__ import annotations

import asyncio
import socket
from importlib import import_module
from typing import Any

from ..gateway.chat_error_words import LOCAL_PROVIDERS
from ..launch_options import LaunchOptions
from .patch import Patch
from .silent_errors import model

CONNECT_SECONDS = 10.0
SEND_SECONDS = 120.0
"""Time limit for sending the request: prompts can be large, and networks slow."""

KEEPALIVE_SECONDS = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Finds within two minutes that a machine of the network is gone, however long it may think. By names of the `socket`
module, which has those that the system knows. The last one is a number."""

ASYNC_DRIVERS = (
    "async_ollama_driver",
    "async_ollama_embedding_driver",
    "async_lmstudio_driver",
    "async_local_http_driver",
)
SYNC_DRIVERS = ("ollama_driver", "lmstudio_driver", "local_http_driver")


def apply(_launch: LaunchOptions) -> None:
    """Give the local drivers an HTTP client without a read timeout, and limit rooms by the kind of model."""
    import httpx

    limits = httpx.Timeout(SEND_SECONDS, connect=CONNECT_SECONDS, read=None)

    class NoReadTimeoutClient(httpx.AsyncClient):
        """Ignores the timeout that a driver passes, and notices when the other machine is gone."""

        def _init_transport(self, *args: Any, **options: Any) -> httpx.AsyncBaseTransport:
            # A transport that is passed to httpx.AsyncClient would end the use of proxies.
            transport = super()._init_transport(*args, **options)
            if isinstance(transport, httpx.AsyncHTTPTransport):
                transport._pool._socket_options = keepalive_options()
            return transport

        async def post(self, url: Any, **options: Any) -> httpx.Response:
            return await super().post(url, **{**options, "timeout": limits})

    for name in ASYNC_DRIVERS:
        replace_names(f"prompture.drivers.{name}", "httpx", AsyncClient=NoReadTimeoutClient)
    for name in SYNC_DRIVERS:
        replace_names(f"prompture.drivers.{name}", "requests", post=_post_without_read_timeout)
    replace_names("cachibot.api.room_websocket", "asyncio", timeout=_room_timeout)


def keepalive_options() -> list[tuple[int, int, int]]:
    """Return the socket options of KEEPALIVE_SECONDS that the system accepts: old versions of Windows refuse some."""
    numbers = {number: value for name, value in KEEPALIVE_SECONDS.items() if (number := getattr(socket, name, None))}
    probes = [(socket.IPPROTO_TCP, number, value) for number, value in numbers.items()]
    with socket.socket() as unused:
        accepted = [option for option in probes if _accepts(unused, option)]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *accepted]


def _accepts(unused: socket.socket, option: tuple[int, int, int]) -> bool:
    try:
        unused.setsockopt(*option)
    except OSError:
        return False
    return True


def _room_timeout(seconds: float | None) -> asyncio.Timeout:
    local = model.get().split("/")[0].lower() in LOCAL_PROVIDERS
    return asyncio.timeout(None if local else seconds)


def _post_without_read_timeout(url: Any, **options: Any) -> Any:
    import requests  # a start does without it

    return requests.post(url, **options | {"timeout": (CONNECT_SECONDS, None)})  # noqa: S113 - ruff does not see it


class _ModuleWithReplacements:
    """Proxy of a module in which some names are replaced."""

    def __init__(self, original: Any, names: dict[str, Any]) -> None:
        self._original = original
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def replace_names(module_name: str, library: str, **names: Any) -> None:
    """Replace names of a library in one module that uses it. Other modules are not affected."""
    module = import_module(module_name)
    setattr(module, library, _ModuleWithReplacements(getattr(module, library), names))


PATCH = Patch(
    name="slow models",
    flaw="the answer of a local model is lost if it takes longer than 120 s",
    versions="0.3.0",
    apply=apply,
)
