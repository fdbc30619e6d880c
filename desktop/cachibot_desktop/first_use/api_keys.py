"""Checks the API key of an online service by asking the service for its models."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from typing import Any

from . import words

CHECK_SECONDS = 15.0


@dataclass(frozen=True)
class Service:
    """An online service. Base addresses can be moved by the variables that its own package reads."""

    provider: str
    """CachiBot's name of it."""
    name: str
    key_variable: str
    key_prefix: str
    base: str
    base_variable: str
    models_path: str
    key_header: str = "Authorization"
    key_path: str = ""
    """Asked first, if the list of models needs no key."""
    preferred: tuple[str, ...] = ()
    """Patterns of the model to propose, the best first."""


SERVICES = (
    Service(
        "openai",
        "OpenAI",
        "OPENAI_API_KEY",
        "sk-",
        "https://api.openai.com/v1",
        "OPENAI_BASE_URL",
        "/models",
        preferred=(r"gpt-[5-9][\d.]*-mini$", r"gpt-[5-9][\d.]*$", r"gpt-4\.1$", r"gpt-4o$", r"gpt-"),
    ),
    Service(
        "claude",
        "Anthropic",
        "CLAUDE_API_KEY",
        "sk-ant-",
        "https://api.anthropic.com",
        "ANTHROPIC_BASE_URL",
        "/v1/models?limit=100",
        "x-api-key",
        preferred=(r"claude-sonnet", r"sonnet"),
    ),
    Service(
        "google",
        "Google",
        "GOOGLE_API_KEY",
        "AIza",
        "https://generativelanguage.googleapis.com",
        "GOOGLE_GEMINI_BASE_URL",
        "/v1beta/models?pageSize=200",
        "x-goog-api-key",
        preferred=(r"gemini-[\d.]+-flash$", r"gemini-flash-latest$", r"gemini"),
    ),
    Service(
        "groq",
        "Groq",
        "GROQ_API_KEY",
        "gsk_",
        "https://api.groq.com",
        "GROQ_BASE_URL",
        "/openai/v1/models",
        preferred=(r"gpt-oss-120b", r"llama-3\.3-70b", r"llama"),
    ),
    Service(
        "grok",
        "xAI",
        "GROK_API_KEY",
        "xai-",
        "https://api.x.ai/v1",
        "XAI_BASE_URL",
        "/models",
        preferred=("grok-4", "grok"),
    ),
    Service(
        "openrouter",
        "OpenRouter",
        "OPENROUTER_API_KEY",
        "sk-or-",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_BASE_URL",
        "/models",
        key_path="/key",
        preferred=(r"^openrouter/auto$", r"gpt-[\d.]+-mini$"),
    ),
    Service(
        "moonshot",
        "Moonshot",
        "MOONSHOT_API_KEY",
        "",
        "https://api.moonshot.ai/v1",
        "MOONSHOT_ENDPOINT",
        "/models",
        preferred=(r"kimi-k2", r"kimi"),
    ),
)

_NOT_FOR_CHATS = re.compile(
    r"embed|whisper|tts|audio|realtime|image|dall-e|moderation|transcribe|search|sora|veo|imagen|aqa|guard|orpheus"
    r"|babbage|davinci|computer-use|instruct-\d|lyria|robotics|nano-banana",
    re.IGNORECASE,
)
_OPENAI_CHAT = re.compile(r"gpt-|o\d|chatgpt-")


@dataclass(frozen=True)
class Accepted:
    """A service, and its models for chats, the one to propose first."""

    service: Service
    models: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return what the page gets."""
        return {"provider": self.service.provider, "name": self.service.name, "models": list(self.models)}


class Rejected(Exception):
    """A key that cannot be used; the text says why."""


def service_named(provider: str) -> Service | None:
    """Return the service that CachiBot knows by this name."""
    return next((service for service in SERVICES if service.provider == provider), None)


def recognize(key: str) -> Service | None:
    """Return the service whose keys begin like this one."""
    matching = [service for service in SERVICES if service.key_prefix and key.startswith(service.key_prefix)]
    return max(matching, key=lambda service: len(service.key_prefix), default=None)


def check(key: str, provider: str = "") -> Accepted:
    """Ask the service for its models. Waits for the network, `CHECK_SECONDS` at most for each of two requests.

    Raises:
        Rejected: with the words for the user.
    """
    key = key.strip()
    if not key:
        raise Rejected(words.EMPTY_KEY)
    if not re.fullmatch(r"[!-~]+", key):
        raise Rejected(words.BROKEN_KEY)
    service = service_named(provider) if provider else recognize(key)
    if service is None:
        raise Rejected(words.UNKNOWN_KEY)
    if service.key_path:
        _ask(service, service.key_path, key)
    models = _models(service, _ask(service, service.models_path, key))
    if not models:
        raise Rejected(words.SERVICE_NO_MODELS.format(service=service.name))
    return Accepted(service, models)


def _ask(service: Service, path: str, key: str) -> Any:
    import httpx

    base = (os.environ.get(service.base_variable) or service.base).rstrip("/")
    bearer = service.key_header == "Authorization"
    headers = {service.key_header: f"Bearer {key}" if bearer else key, "anthropic-version": "2023-06-01"}
    try:
        response = httpx.get(base + path, headers=headers, timeout=CHECK_SECONDS, follow_redirects=False)
    except httpx.HTTPError as problem:
        insecure = isinstance(problem.__cause__ or problem.__context__, ssl.SSLError) or "CERTIFICATE" in str(problem)
        said = words.SERVICE_NOT_SECURE if insecure else words.SERVICE_UNREACHABLE
        raise Rejected(said.format(service=service.name)) from None
    if problem_said := _problem(service, response.status_code, response.text):
        raise Rejected(problem_said)
    try:
        return response.json()
    except ValueError:
        raise Rejected(words.SERVICE_UNREADABLE.format(service=service.name)) from None


def _problem(service: Service, status: int, body: str) -> str:
    """Return the words for a status that is not a success."""
    if status == 200:
        return ""
    said = {401: words.BAD_KEY, 402: words.NO_CREDIT, 403: words.NO_ACCESS, 429: words.TOO_FAST}.get(status)
    if said is None and status == 400 and ("API_KEY_INVALID" in body or "API key" in body or "Incorrect" in body):
        said = words.BAD_KEY  # Google and xAI
    if status in (403, 429) and "credit" in body.lower():
        said = words.NO_CREDIT
    if said is None:
        said = words.SERVICE_FAULT if status >= 400 else words.SERVICE_UNREADABLE
    return said.format(service=service.name, status=status)


def _models(service: Service, body: Any) -> tuple[str, ...]:
    """Return the models for chats, the preferred one first, the others as the service sorts them."""
    entries = body.get("data", body.get("models")) if isinstance(body, dict) else None
    names: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or _NOT_FOR_CHATS.search(name):
            continue
        if service.provider == "openai" and not _OPENAI_CHAT.match(name):
            continue
        if "generateContent" not in entry.get("supportedGenerationMethods", ["generateContent"]):
            continue
        names.append(name.removeprefix("models/"))
    if service.provider in ("openai", "google"):
        names.sort(reverse=True)  # the newest version first
    for pattern in service.preferred:
        if chosen := next((name for name in names if re.search(pattern, name)), None):
            names.remove(chosen)
            return (chosen, *names)
    return tuple(names)
