"""A key is recognized, and checked at its service; each result has its own words."""

from __future__ import annotations

from typing import Any

import pytest

from cachibot_desktop.first_use import words
from cachibot_desktop.first_use.api_keys import SERVICES, Rejected, check, recognize
from fake_service import FakeService
from server_process import free_port

OPENAI_KEY = "sk-proj-" + "a" * 30


@pytest.mark.parametrize(
    ("key", "provider"),
    [
        (OPENAI_KEY, "openai"),
        ("sk-ant-api03-abc", "claude"),
        ("sk-or-v1-abc", "openrouter"),
        ("AIzaSyAbc", "google"),
        ("gsk_abc", "groq"),
        ("xai-abc", "grok"),
    ],
)
def test_a_key_tells_its_service(key: str, provider: str) -> None:
    service = recognize(key)
    assert service is not None
    assert service.provider == provider


def models(*names: str) -> tuple[int, Any]:
    return 200, {"data": [{"id": name} for name in names]}


ACCEPTED: list[tuple[str, str, dict[str, tuple[int, Any]], str, list[str]]] = [
    (
        OPENAI_KEY,
        "",
        {"/models": models("gpt-4o", "whisper-1", "gpt-5-mini", "text-embedding-3-small", "dall-e-3", "gpt-5")},
        "authorization",
        ["gpt-5-mini", "gpt-5", "gpt-4o"],
    ),
    (
        "sk-ant-abc",
        "",
        {"/v1/models": models("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")},
        "x-api-key",
        ["claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"],
    ),
    (
        "AIzaabc",
        "",
        {
            "/v1beta/models": (
                200,
                {
                    "models": [
                        {"name": "models/gemini-2.5-flash", "supportedGenerationMethods": ["generateContent"]},
                        {"name": "models/gemini-embedding-001", "supportedGenerationMethods": ["embedContent"]},
                        {"name": "models/gemini-2.5-pro", "supportedGenerationMethods": ["generateContent"]},
                    ]
                },
            )
        },
        "x-goog-api-key",
        ["gemini-2.5-flash", "gemini-2.5-pro"],
    ),
    (
        "gsk_abc",
        "",
        {"/openai/v1/models": models("whisper-large-v3", "llama-3.3-70b-versatile")},
        "authorization",
        ["llama-3.3-70b-versatile"],
    ),
    ("anything", "moonshot", {"/models": models("kimi-k2-turbo")}, "authorization", ["kimi-k2-turbo"]),
]


@pytest.mark.parametrize(("key", "provider", "answers", "header", "names"), ACCEPTED)
def test_a_key_that_is_right_brings_its_models(
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    provider: str,
    answers: dict[str, tuple[int, Any]],
    header: str,
    names: list[str],
) -> None:
    with FakeService(answers) as fake:
        move_services_to(monkeypatch, fake.port)
        accepted = check(f" {key}\n", provider)
        assert key in fake.headers[header]
    assert list(accepted.models) == names


def test_a_list_that_needs_no_key_is_not_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenRouter shows its models to everybody."""
    with FakeService({"/models": models("openrouter/auto"), "/key": (401, {"error": {"message": "No auth"}})}) as fake:
        move_services_to(monkeypatch, fake.port)
        with pytest.raises(Rejected) as problem:
            check("sk-or-v1-abc")
    assert str(problem.value) == words.BAD_KEY.format(service="OpenRouter")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": {"message": "Incorrect API key"}}, words.BAD_KEY),
        (400, {"error": {"details": [{"reason": "API_KEY_INVALID"}]}}, words.BAD_KEY),
        (403, {"error": "no"}, words.NO_ACCESS),
        (403, {"error": "Your team has no credits"}, words.NO_CREDIT),
        (402, {}, words.NO_CREDIT),
        (429, {}, words.TOO_FAST),
        (500, {}, words.SERVICE_FAULT),
        (302, {}, words.SERVICE_UNREADABLE),
        (200, "<html>Log in to the network</html>", words.SERVICE_UNREADABLE),
        (200, {"data": []}, words.SERVICE_NO_MODELS),
        (200, {"data": [{"id": "whisper-1"}, 5, {}]}, words.SERVICE_NO_MODELS),
    ],
)
def test_a_key_that_cannot_be_used_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, status: int, body: Any, said: str
) -> None:
    with FakeService({"/models": (status, body)}) as fake:
        move_services_to(monkeypatch, fake.port)
        with pytest.raises(Rejected) as problem:
            check(OPENAI_KEY)
    assert str(problem.value) == said.format(service="OpenAI", status=status)


@pytest.mark.parametrize(
    ("key", "said"),
    [("", words.EMPTY_KEY), ("  ", words.EMPTY_KEY), ("sk-a b", words.BROKEN_KEY), ("hello", words.UNKNOWN_KEY)],
)
def test_no_key_at_all(key: str, said: str) -> None:
    with pytest.raises(Rejected) as problem:
        check(key)
    assert str(problem.value) == said


def test_a_service_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    move_services_to(monkeypatch, free_port())
    with pytest.raises(Rejected) as problem:
        check(OPENAI_KEY)
    assert str(problem.value) == words.SERVICE_UNREACHABLE.format(service="OpenAI")


def move_services_to(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for service in SERVICES:
        monkeypatch.setenv(service.base_variable, f"http://127.0.0.1:{port}")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
