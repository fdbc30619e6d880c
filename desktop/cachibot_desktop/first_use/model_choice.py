"""Saves the model that the user chose, as CachiBot's own settings save it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from .api_keys import service_named

ENDPOINTS = {"ollama": ("OLLAMA_ENDPOINT", "/api/generate"), "lmstudio": ("LMSTUDIO_ENDPOINT", "/v1/chat/completions")}
"""The variable of each local provider's address, and the path that CachiBot expects in it."""
LOCAL_KEYS = {"lmstudio": "LMSTUDIO_API_KEY"}
"""The variable of a local server's key. CachiBot sends none to Ollama, which takes one with OpenAI's format, too."""

MODEL = "CACHIBOT_DEFAULT_MODEL"
LONGEST = 2000


@dataclass(frozen=True)
class Choice:
    """A model, and the address or the key with which CachiBot reaches it."""

    provider: str
    model: str
    address: str = ""
    key: str = ""

    def settings(self) -> dict[str, str]:
        """Return the variables to save. An empty one is to be removed: the key of another server."""
        variables = {}
        if self.provider in ENDPOINTS:
            name, path = ENDPOINTS[self.provider]
            variables[name] = self.address + path
            if self.provider in LOCAL_KEYS:
                variables[LOCAL_KEYS[self.provider]] = self.key
        elif service := service_named(self.provider):
            variables[service.key_variable] = self.key
        return {**variables, MODEL: f"{self.provider}/{self.model}"}


def read(body: Any) -> Choice | None:
    """Return the choice in a request of the page; None if it is not one."""
    if not isinstance(body, dict):
        return None
    texts = {name: body.get(name, "") for name in ("provider", "model", "address", "key")}
    if not all(isinstance(text, str) and len(text) <= LONGEST and text.isprintable() for text in texts.values()):
        return None
    choice = Choice(**texts)
    local, online = choice.provider in ENDPOINTS, service_named(choice.provider) is not None
    complete = choice.model and ((local and choice.address) or (online and choice.key))
    return choice if complete else None


def save(choice: Choice) -> None:
    """Write the settings to CachiBot's file; patches/live_settings.py lets them count at once.

    Raises:
        OSError: the file cannot be written.
    """
    from cachibot.api.env_utils import remove_env_value, set_env_value
    from prompture.infra import clear_discovery_cache

    for name, value in choice.settings().items():
        if os.environ.get(name, "") == value:
            continue
        if value:
            set_env_value(name, value)
        else:
            remove_env_value(name)
    clear_discovery_cache()
