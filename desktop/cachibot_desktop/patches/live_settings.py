"""A key, an address or a model saved in the settings counts at once.

The settings page changes the server's environment, but prompture reads it once, when it is imported: an address that is
saved later is asked neither for its models nor for answers. A WebSocket keeps the default model that was set when it
was opened, and documents are searched with the model, and the key, of the first search. And CachiBot gives the address
of a local server to the driver as its API key.

So prompture's settings look at the environment each time, and what was built from old settings is built again.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch
from .saved_settings import NAMES

DEFAULT_MODEL = ("CACHIBOT_DEFAULT_MODEL", "CACHIBOT_MODEL")
"""The variables that CachiBot's own configuration reads, the first one first."""
EMBEDDING_MODEL = "CACHIBOT_EMBEDDING_MODEL"


def apply(_launch: LaunchOptions) -> None:
    """Have everything that keeps settings look at them again."""
    from cachibot.api import env_utils, room_websocket, websocket
    from cachibot.services import agent_factory, message_processor
    from cachibot.services.vector_store import VectorStore
    from prompture.infra.settings import Settings

    Settings.__getattribute__ = _from_environment(Settings.__getattribute__)
    env_utils.write_env_file = _forgetting_models(env_utils.write_env_file)
    agent_factory.build_driver_with_key = _with_address(agent_factory.build_driver_with_key)
    websocket.build_bot_agent = _with_current_model(websocket.build_bot_agent)
    message_processor.build_bot_agent = _with_current_model(message_processor.build_bot_agent)
    room_websocket.run_room_bot = _with_current_model(room_websocket.run_room_bot)
    VectorStore._get_async_driver = _for_current_settings(VectorStore._get_async_driver)
    VectorStore._get_embedder = _for_current_settings(VectorStore._get_embedder)
    VectorStore.model_name = property(_embedding_model, _set_embedding_model)


def current_model(config: Any) -> str:
    """Return the default model: that of the settings page, otherwise that of CachiBot's configuration."""
    from_environment = next((os.environ[name] for name in DEFAULT_MODEL if os.environ.get(name)), "")
    return from_environment or str(config.agent.model)


def _from_environment(get: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def get_current(self: Any, name: str) -> Any:
        variable = name.upper()
        if variable not in NAMES:
            return get(self, name)
        return os.environ.get(variable) or type(self).model_fields[name].default

    return get_current


def _forgetting_models(write: Callable[[str], None]) -> Callable[[str], None]:
    @functools.wraps(write)
    def write_and_forget(content: str) -> None:
        from prompture.infra import clear_discovery_cache

        write(content)
        clear_discovery_cache()

    return write_and_forget


def _with_address(build: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(build)
    def build_driver(model: str, api_key: str | None = None, **extra: Any) -> Any:
        from cachibot.api.routes.providers import PROVIDERS

        if PROVIDERS.get(model.split("/")[0].lower(), {}).get("type") == "endpoint":
            return build(model, **{"endpoint": api_key, **extra})
        return build(model, api_key=api_key, **extra)

    return build_driver


def _with_current_model(run: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function that is given CachiBot's configuration as `config`, or as its first argument."""

    @functools.wraps(run)
    def run_with_model(*args: Any, **options: Any) -> Any:
        config = options["config"] if "config" in options else args[0]
        config.agent.model = current_model(config)
        return run(*args, **options)

    return run_with_model


def _for_current_settings(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(build)
    def build_again(self: Any) -> Any:
        current = {name: os.environ.get(name) for name in NAMES}
        if self.__dict__.get("settings") != current:
            self.settings, self._async_driver, self._embedder = current, None, None
        return build(self)

    return build_again


def _embedding_model(store: Any) -> str:
    return os.environ.get(EMBEDDING_MODEL) or str(store.__dict__["model_name"])


def _set_embedding_model(store: Any, name: str) -> None:
    store.__dict__["model_name"] = name


PATCH = Patch(
    name="live settings",
    flaw="a key or an address saved in the settings counts only after a restart",
    versions="0.3.0 with prompture 1.0.51",
    apply=apply,
)
