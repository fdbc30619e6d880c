"""Words for failures outside of a chat."""

from __future__ import annotations

import httpx
import pytest

from cachibot_desktop.gateway.plain_reason import plain_reason

REQUEST = httpx.Request("GET", "http://192.168.1.20:11434/api/tags")


@pytest.mark.parametrize(
    ("problem", "model", "reason"),
    [
        (
            httpx.HTTPStatusError("401", request=REQUEST, response=httpx.Response(401, text="no such key")),
            "openai/x",
            "OpenAI rejected the API key (401). Check the key in Settings > API Keys, then try again.\nno such key",
        ),
        (
            ConnectionRefusedError(111, "refused"),
            "ollama/x",
            "Ollama isn't running. Start it, then try again. If it runs at another address, change that in "
            "Settings > API Keys.",
        ),
        (ValueError("`odd` text"), "openai/x", "It failed. Try again."),
    ],
)
def test_what_happened_and_what_to_do(problem: Exception, model: str, reason: str) -> None:
    assert plain_reason(problem, model=model).startswith(reason)
    assert "message" not in plain_reason(problem, model=model)


def test_secrets_are_hidden() -> None:
    assert "hush-hush" not in plain_reason(ValueError("key hush-hush"), model="openai/x", secrets=["hush-hush"])
