"""A local server that asks for a key: its key is typed with its address, counts at once, and is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat_client import chat
from providers import Providers, Round
from server_process import ServerProcess
from systems import has_mode

KEY = "sk-lm-of-this-server"


@pytest.mark.left_to_ci
def test_a_server_is_used_with_its_key(start: Callable[..., ServerProcess]) -> None:
    with Providers() as providers:
        providers.key = KEY
        # Its chats are at another path than those of other local servers.
        address = str(providers.env["LMSTUDIO_ENDPOINT"]).removesuffix("/v1/chat/completions")
        server = start()
        server.wait_until_ready()

        def post(path: str, **body: Any) -> Any:
            answer = server.request("POST", f"/api/desktop/{path}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        assert post("address", address=address)["wants_key"] is True
        [model] = post("address", address=address, key=KEY)["models"]
        choice = {"provider": "lmstudio", "model": model, "address": address, "key": KEY}
        token = post("setup", name="Ada", terms_accepted=True, model=choice)["access_token"]
        assert said(server, token, providers) == "well done"

        settings = server.workspace / ".env"
        assert f"LMSTUDIO_API_KEY={KEY}" in settings.read_text().splitlines()
        assert has_mode(settings, 0o600)
        assert KEY not in server.stderr
        assert server.stop() == 0
        server = start()
        server.wait_until_ready()
        assert said(server, token, providers) == "well done", "the key is kept"

        providers.key = "sk-lm-another"
        assert "rejected the API key (401)" in said(server, token, providers)
        login = {"Authorization": f"Bearer {token}"}
        without = {**choice, "key": ""}
        assert server.request("POST", "/api/desktop/model", json=without, headers=login).status_code == 200
        assert KEY not in settings.read_text(), "another server does not get it"
        assert "asks for an API key (401)" in said(server, token, providers)


def said(server: ServerProcess, token: str, providers: Providers) -> str:
    providers.rounds = [Round(("well ", "done"))]
    frames = asyncio.run(chat(server, token))
    return "".join(
        frame["payload"]["content"]
        for frame in frames
        if frame["type"] == "message" and frame["payload"]["role"] == "assistant"
    )
