"""Model servers are found, named, and reached by an address as users type it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cachibot_desktop.first_use import model_servers, words
from cachibot_desktop.first_use.addresses import parse
from cachibot_desktop.first_use.model_servers import ModelServer, NotFound, ask, search
from fake_service import FakeService
from server_process import free_port

OLLAMA: dict[str, tuple[int, Any]] = {
    "/api/tags": (200, {"models": [{"name": "llama3.2:3b"}, {"name": "nomic-embed-text:latest"}, {"name": "qwen3:8b"}]})
}
OPENAI: dict[str, tuple[int, Any]] = {
    "/v1/models": (200, {"object": "list", "data": [{"id": "qwen3-8b"}, {"id": "text-embedding-nomic"}]})
}


@pytest.mark.parametrize(
    ("typed", "bases"),
    [
        ("http://127.0.0.1:11434", ["http://127.0.0.1:11434"]),
        ("127.0.0.1:11434/", ["http://127.0.0.1:11434"]),
        ("127.0.0.1:11434/api/generate", ["http://127.0.0.1:11434"]),
        ("http://127.0.0.1:11434/api/chat/", ["http://127.0.0.1:11434"]),
        ("127.0.0.1:1234/v1", ["http://127.0.0.1:1234"]),
        ("127.0.0.1:1234/v1/", ["http://127.0.0.1:1234"]),
        ("http://127.0.0.1:1234/v1/chat/completions", ["http://127.0.0.1:1234"]),
        ("http://127.0.0.1:1234/v1/models", ["http://127.0.0.1:1234"]),
        ("localhost:11434", ["http://127.0.0.1:11434", "http://[::1]:11434"]),
        ("HTTP://LocalHost:11434/api", ["http://127.0.0.1:11434", "http://[::1]:11434"]),
        ("[::1]:1234", ["http://[::1]:1234"]),
        ("http://[::1]:1234/v1", ["http://[::1]:1234"]),
        ("0.0.0.0:11434", ["http://127.0.0.1:11434"]),
        (' "http://ada-pc.lan:8000/v1" ', ["http://ada-pc.lan:8000"]),
        ("https://models.example/ollama/api/generate", ["https://models.example/ollama"]),
        ("https://models.example", ["https://models.example"]),
    ],
)
def test_an_address_as_users_type_it(typed: str, bases: list[str]) -> None:
    address = parse(typed)
    assert address is not None
    assert list(address.bases) == bases


@pytest.mark.parametrize("typed", ["192.168.1.5", "::1", "localhost", "http://ada-pc"])
def test_without_a_port_the_usual_ports_are_tried(typed: str) -> None:
    address = parse(typed)
    assert address is not None
    assert any(base.endswith(":11434") for base in address.bases)
    assert any(base.endswith(":1234") for base in address.bases)


@pytest.mark.parametrize("typed", ["", "my server", "ftp://x", "x:99999", "x:0", "http://", "http://a:b@c"])
def test_no_address(typed: str) -> None:
    assert parse(typed) is None
    with pytest.raises(NotFound):
        ask(typed)


def test_the_usual_ports_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeService(OLLAMA) as ollama, FakeService(OPENAI) as studio, FakeService({}) as other:
        ports = {ollama.port: "Ollama", studio.port: "LM Studio", other.port: "vLLM", free_port(): "Jan"}
        monkeypatch.setattr(model_servers, "USUAL_SERVERS", ports)
        found = {server.name: server for server in search()}
    assert set(found) == {"Ollama", "LM Studio"}
    assert found["Ollama"].models == ("llama3.2:3b", "qwen3:8b"), "without models that cannot chat"
    assert (found["Ollama"].provider, found["LM Studio"].provider) == ("ollama", "lmstudio")
    assert found["LM Studio"].models == ("qwen3-8b",)
    assert found["LM Studio"].address == f"http://127.0.0.1:{studio.port}"


def test_models_that_cannot_use_tools_come_last() -> None:
    answers = {
        "/api/tags": (200, {"models": [{"name": "gemma3:4b"}, {"name": "qwen3:8b"}]}),
        "/api/show gemma3:4b": (200, {"capabilities": ["completion", "vision"]}),
        "/api/show qwen3:8b": (200, {"capabilities": ["completion", "tools"]}),
    }
    with FakeService(answers) as ollama:
        server = ask(f"127.0.0.1:{ollama.port}")
    assert (server.models, server.without_tools) == (("qwen3:8b", "gemma3:4b"), ("gemma3:4b",))


def test_the_usual_ports_are_those_of_the_programs() -> None:
    assert {11434, 1234, 8080, 8000, 1337, 4891} <= set(model_servers.USUAL_SERVERS)


def test_a_server_on_ipv6_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeService(OLLAMA, host="::1") as ollama:
        monkeypatch.setattr(model_servers, "USUAL_SERVERS", {ollama.port: "Ollama"})
        assert [server.address for server in search()] == [f"http://[::1]:{ollama.port}"]
        assert ask(f"localhost:{ollama.port}/api/generate").address == f"http://[::1]:{ollama.port}"


def test_a_server_that_starts_later_or_gets_a_model_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(model_servers, "USUAL_SERVERS", {port: "Ollama"})
    assert search() == []
    with FakeService({"/api/tags": (200, {"models": []})}, port=port) as ollama:
        [server] = search()
        assert (server.models, server.problem) == ((), words.NO_MODELS_OLLAMA)
        ollama.answers = OLLAMA
        [server] = search()
        assert (server.models, server.problem) == (("llama3.2:3b", "qwen3:8b"), "")


@pytest.mark.parametrize(
    ("answers", "name", "provider"),
    [
        ({"/v1/models": (200, {"data": [{"id": "m", "owned_by": "vllm"}]})}, "vLLM", "lmstudio"),
        # llama.cpp answers Ollama's route, too, and cannot do what Ollama can.
        (
            {
                "/api/tags": (200, {"models": [{"name": "m"}], "data": [{"id": "m"}]}),
                "/v1/models": (200, {"models": [], "data": [{"id": "m", "owned_by": "llamacpp"}]}),
            },
            "llama.cpp",
            "lmstudio",
        ),
        # LM Studio answers an unknown route with 200.
        ({"/api/tags": (200, {"error": "Unexpected endpoint"}), **OPENAI}, "127.0.0.1:", "lmstudio"),
    ],
)
def test_a_server_is_named_by_what_it_says(answers: dict[str, tuple[int, Any]], name: str, provider: str) -> None:
    with FakeService(answers) as service:
        server = ask(f"127.0.0.1:{service.port}")
    assert server.name.startswith(name)
    assert server.provider == provider


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, words.NOT_A_MODEL_SERVER),
        ({"/v1/models": (200, "<html>Log in</html>")}, words.NOT_A_MODEL_SERVER),
        ({"/v1/models": (200, [1, 2])}, words.NOT_A_MODEL_SERVER),
    ],
)
def test_what_is_no_model_server_is_said(answers: dict[str, tuple[int, Any]], said: str) -> None:
    with FakeService(answers) as service, pytest.raises(NotFound) as problem:
        ask(f"127.0.0.1:{service.port}")
    assert str(problem.value) == said.format(address=f"127.0.0.1:{service.port}")


def test_a_server_that_asks_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeService(OPENAI) as studio:
        studio.key = "sk-lm-right"
        address = f"127.0.0.1:{studio.port}"
        monkeypatch.setattr(model_servers, "USUAL_SERVERS", {studio.port: "LM Studio"})
        asks = ModelServer("LM Studio", f"http://{address}", "lmstudio", (), "", wants_key=True)
        assert search() == [replace(asks, problem=words.WANTS_KEY.format(address=address))]
        assert ask(f"{address}/v1") == replace(asks, problem=words.WANTS_KEY.format(address=address))
        assert ask(address, "wrong") == replace(asks, problem=words.WRONG_KEY.format(address=address))
        assert ask(address, " sk-lm-right\n") == ModelServer("LM Studio", asks.address, "lmstudio", ("qwen3-8b",))
        with pytest.raises(NotFound, match="space"):
            ask(address, "sk-lm right")


def test_a_key_goes_only_to_a_server_that_asks_for_one() -> None:
    with FakeService(OPENAI) as open_to_all:
        assert ask(f"127.0.0.1:{open_to_all.port}", "sk-lm-of-another").models == ("qwen3-8b",)
        assert open_to_all.keys == set()


@pytest.mark.parametrize("answer", [(401, "<html>Log in</html>"), (403, {"error": "no"})])
def test_another_program_on_a_usual_port_is_not_asked_for_its_key(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, Any]
) -> None:
    with FakeService({"/v1/models": answer}) as service:
        monkeypatch.setattr(model_servers, "USUAL_SERVERS", {service.port: "llama.cpp"})
        assert search() == []
        assert ask(f"127.0.0.1:{service.port}").wants_key, "the user has named it"


def test_nothing_there_is_said() -> None:
    port = free_port()
    with pytest.raises(NotFound) as problem:
        ask(f"localhost:{port}/v1")
    assert str(problem.value) == words.REFUSED.format(address=f"127.0.0.1:{port}")
    with pytest.raises(NotFound) as problem:
        ask("name.invalid:11434")
    assert "name.invalid" in str(problem.value)
