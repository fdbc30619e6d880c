"""The patch `live_settings`: the flaw in stock CachiBot, and, on a running server, settings that count at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from cachibot_process import CachibotProcess
from chat_client import connect
from providers import FORMATS, Providers, Round
from server_process import ServerProcess

SETTINGS = """
    from prompture.infra.settings import settings
    def values():
        return [settings.openai_api_key, settings.lmstudio_endpoint]
    before = values()
    os.environ.update(OPENAI_API_KEY="sk-new", LMSTUDIO_ENDPOINT="http://new/v1/chat/completions")
    saved = values()
    del os.environ["OPENAI_API_KEY"], os.environ["LMSTUDIO_ENDPOINT"]
    answer = [before, saved, values()]
"""
DEFAULTS = [None, "http://127.0.0.1:1234/v1/chat/completions"]
SAVED = ["sk-new", "http://new/v1/chat/completions"]


def test_flaw(stock: CachibotProcess) -> None:
    assert stock.run(SETTINGS) == [DEFAULTS, DEFAULTS, DEFAULTS]


def test_patch(patched: CachibotProcess) -> None:
    assert patched.run(SETTINGS) == [DEFAULTS, SAVED, DEFAULTS]


ADDRESS_AS_KEY = """
    from cachibot.services.agent_factory import build_driver_with_key
    driver = build_driver_with_key("lmstudio/x", api_key="http://one/v1/chat/completions")
    answer = [driver.api_key, driver.endpoint]
"""


def test_flaw_of_an_address_that_is_sent_as_a_key(stock: CachibotProcess) -> None:
    assert stock.run(ADDRESS_AS_KEY) == ["http://one/v1/chat/completions", DEFAULTS[1]]


def test_an_address_is_not_sent_as_a_key(patched: CachibotProcess) -> None:
    assert patched.run(ADDRESS_AS_KEY) == [None, "http://one/v1/chat/completions"]


DOCUMENTS = """
    from cachibot.services.vector_store import VectorStore
    store = VectorStore("openai/text-embedding-3-small")
    found = []
    for key, model in (("sk-one", "openai/one"), ("sk-one", "openai/one"), ("sk-two", "openai/two")):
        os.environ.update(OPENAI_API_KEY=key, CACHIBOT_EMBEDDING_MODEL=model)
        driver = store._get_async_driver()
        found.append([driver.api_key, store.model_name, driver.model, id(driver)])
    del os.environ["OPENAI_API_KEY"], os.environ["CACHIBOT_EMBEDDING_MODEL"]
    answer = found
"""


def test_flaw_of_documents(stock: CachibotProcess) -> None:
    first, again, changed = stock.run(DOCUMENTS)
    assert first == again == changed


def test_documents_are_searched_with_current_settings(patched: CachibotProcess) -> None:
    first, again, changed = patched.run(DOCUMENTS)
    assert first == again
    assert first[:3] == ["sk-one", "openai/one", "one"]
    assert changed[:3] == ["sk-two", "openai/two", "two"]


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
            async with asyncio.timeout(30):
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
