"""The server's libraries reach models through proxies, and trust the system's certificates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat_client import chat, chat_once
from ollama import ANSWER, Ollama
from providers import FORMATS, Round
from proxy import HttpProxy, SocksProxy
from server_process import NO_PROXIES, UNSHARE, ServerProcess, needs_mounts, wait_for
from tls import FEDORA, Authority, SecureProviders

Start = Callable[..., ServerProcess]

pytestmark = pytest.mark.left_to_ci


def report(server: ServerProcess, **facts: Any) -> list[str]:
    answer = server.request("POST", "/api/desktop/machine", json=facts)
    assert answer.status_code == 200, answer.text
    addresses: list[str] = answer.json()["addresses"]
    return addresses


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with Ollama() as model:
        yield model


def test_a_running_server_follows_the_desktops_proxy(start: Start, ollama: Ollama) -> None:
    port = int(ollama.address.rpartition(":")[2])
    with SocksProxy(("127.0.0.1", port)) as first, SocksProxy(("127.0.0.1", port)) as second:
        endpoint = {"OLLAMA_ENDPOINT": "http://ada:secret@model.example/api/generate"}
        server = start(env={**NO_PROXIES, **ollama.env, **endpoint})
        server.wait_until_ready()
        token = server.sign_up()
        assert "http://model.example" in report(server)
        for proxy in (first, second):
            report(server, proxies={"http://model.example": f"socks5h://{proxy.address}"})
            said = json.dumps(asyncio.run(chat(server, token)))
            assert ANSWER in said, said
            assert "model.example" in proxy.requested
        assert f"Proxy of the desktop's settings: socks5h://{second.address} for http." in server.stderr

        asked = len(second.requested)
        report(server, proxies={"http://model.example": None})
        assert ANSWER not in json.dumps(asyncio.run(chat(server, token)))
        assert len(second.requested) == asked


def test_the_callers_proxy_wins(start: Start, ollama: Ollama) -> None:
    with HttpProxy() as proxy, HttpProxy() as of_desktop:
        remote = {"OLLAMA_ENDPOINT": "http://model.example/api/generate", "HTTP_PROXY": f"http://{proxy.address}"}
        server = start(env={**NO_PROXIES, **ollama.env, **remote})
        server.wait_until_ready()
        report(server, proxies={"http://model.example": f"http://{of_desktop.address}"})
        asyncio.run(chat(server, server.sign_up()))
        assert (proxy.requested != [], of_desktop.requested) == (True, [])


# prompture uses different libraries: httpx, requests and, for Google, aiohttp.
@pytest.mark.parametrize(
    ("variables", "model", "host"),
    [
        ({"OPENAI_API_KEY": "sk-none"}, "openai/gpt-4o", "api.openai.com"),
        ({"GOOGLE_API_KEY": "none"}, "google/gemini-2.5-flash", "generativelanguage.googleapis.com"),
    ],
)
def test_a_cloud_provider_is_reached_through_a_socks_proxy(
    start: Start, variables: dict[str, str], model: str, host: str
) -> None:
    with SocksProxy() as proxy:
        names = {"ALL_PROXY": f"socks5h://{proxy.address}", "CACHIBOT_DEFAULT_MODEL": model, **variables}
        frames = chat_once(start(env={**NO_PROXIES, **names}))
        assert host in proxy.requested, frames


def test_requests_of_the_settings_page_go_through_a_socks_proxy(start: Start, ollama: Ollama) -> None:
    with SocksProxy() as proxy:
        endpoint = {"OLLAMA_ENDPOINT": "http://model.example/api/generate"}
        server = start(env={**NO_PROXIES, **ollama.env, **endpoint, "ALL_PROXY": f"socks5h://{proxy.address}"})
        server.wait_until_ready()
        login = {"Authorization": f"Bearer {server.sign_up()}"}
        assert server.get("/api/models", headers=login).status_code == 200
        assert wait_for(lambda: "model.example" in proxy.requested), proxy.requested


@needs_mounts
def test_every_provider_is_trusted_if_the_system_trusts_its_authority(start: Start, tmp_path: Path) -> None:
    """On a system that keeps its certificates elsewhere than the system that built the server."""
    authority = Authority(tmp_path)
    under = [*UNSHARE, "sh", "-c", f'{FEDORA}\nexec "$@"', "sh"]
    with SecureProviders(authority) as providers:
        server = start(env={**providers.env, "STORE": str(authority.system_store())}, under=under)
        server.wait_until_ready()
        token = server.sign_up()
        for provider in FORMATS:
            providers.rounds = [Round(("well ", "done"))]
            frames = asyncio.run(chat(server, token, model=f"{provider.name}/fake"))
            assert frames[-1]["type"] == "done", (provider.name, frames)
        models = server.get("/api/models", headers={"Authorization": f"Bearer {token}"}).text
        assert [name for name in ("ollama/fake", "lmstudio/fake") if name not in models] == []
