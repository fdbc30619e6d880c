"""A key or an address that is saved in the settings of a running server counts at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from chat_client import connect
from providers import FORMATS, Providers, Round
from server_process import ANSWER_SECONDS, ServerProcess

KEYS = {"openai": "OPENAI_API_KEY", "claude": "CLAUDE_API_KEY", "google": "GOOGLE_API_KEY"}
ADDRESSES = {"ollama": "OLLAMA_ENDPOINT", "lmstudio": "LMSTUDIO_ENDPOINT"}


@pytest.mark.left_to_ci
def test_what_is_saved_counts_at_once(start: Callable[..., ServerProcess]) -> None:
    """On one connection: for each provider first no answer, then, after its key or address is saved, one."""
    with Providers() as providers:
        values = providers.env
        server = start(
            env={name: values[name] for name in values if name not in {**KEYS, **ADDRESSES}.values()}
            | {
                # Nothing listens at the usual addresses.
                "OLLAMA_ENDPOINT": "http://127.0.0.1:9/api/generate",
                "LMSTUDIO_ENDPOINT": "http://127.0.0.1:9/v1/chat/completions",
                **dict.fromkeys(KEYS.values()),
            }
        )
        server.wait_until_ready()
        token = server.sign_up()
        login = {"Authorization": f"Bearer {token}"}

        def models() -> set[str]:
            groups = server.get("/api/models", headers=login).json()["groups"]
            return {model["id"] for group in groups.values() for model in group}

        async def say(socket: Any) -> dict[str, Any]:
            providers.rounds = [Round(("well ", "done"))]
            await socket.send(json.dumps({"type": "chat", "payload": {"message": "hi", "botId": "b", "chatId": "c"}}))
            async with asyncio.timeout(ANSWER_SECONDS):
                while (frame := json.loads(await socket.recv()))["type"] not in ("done", "error"):
                    pass
            return frame

        async def talk() -> None:
            async with connect(server, token) as socket:
                for provider in FORMATS:
                    name = provider.name
                    model = f"{name}/fake"
                    body = {"model": model}
                    assert server.request("PUT", "/api/models/default", headers=login, json=body).status_code == 200
                    assert (await say(socket))["type"] == "error"
                    assert model not in models()
                    body = {"value": values[{**KEYS, **ADDRESSES}[name]]}
                    assert server.request("PUT", f"/api/providers/{name}", headers=login, json=body).status_code == 200
                    frame = await say(socket)
                    assert frame["type"] == "done", (name, frame)
                    if name in ADDRESSES:
                        assert model in models()

        asyncio.run(talk())
