"""The messages for answers that failed: what happened, and what the user can do. Markdown, shown in the chat."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from ..process.log_redaction import MASK, redact

Kind = Literal[
    "no-model",
    "no-key",
    "bad-key",
    "forbidden",
    "no-credit",
    "budget",
    "not-found",
    "rate-limit",
    "provider-fault",
    "refused",
    "no-network",
    "dns",
    "tls",
    "timeout",
    "disconnected",
    "unreadable",
    "rejected",
    "other",
]

PROVIDERS = {
    "openai": "OpenAI",
    "claude": "Anthropic",
    "google": "Google",
    "groq": "Groq",
    "grok": "xAI",
    "openrouter": "OpenRouter",
    "moonshot": "Moonshot AI",
    "modelscope": "ModelScope",
    "zai": "Z.ai",
    "azure": "Azure OpenAI",
    "cachibot": "CachiBot Cloud",
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "local_http": "the local model server",
}
LOCAL_PROVIDERS = ("ollama", "lmstudio", "local_http")
DETAIL_CHARACTERS = 600

EMPTY_ANSWER = (
    "**The model sent an empty answer.**\n\nSend your message again, or choose another model in **Settings > Models**."
)


@dataclass(frozen=True)
class Failure:
    """Facts about an answer that failed."""

    kind: Kind
    model: str = ""
    """`provider/model`, or empty."""
    address: str = ""
    """Scheme, host and port of the model's server, or empty."""
    status: int | None = None
    """HTTP status of the server's response."""
    detail: str = ""
    """Text of the error."""

    @property
    def local(self) -> bool:
        """Whether the user runs the model's server."""
        return self.model.split("/")[0].lower() in LOCAL_PROVIDERS

    @property
    def provider(self) -> str:
        """Name of the provider, as the user knows it."""
        # The name may come from an imported bot, so remove characters that could be markup.
        provider = re.sub(r"[^\w.-]", "", self.model.split("/")[0].lower())
        return PROVIDERS.get(provider) or provider or urlsplit(self.address).hostname or "the model's provider"


_AGAIN = "then send your message again."
_KEYS = "**Settings > API Keys**"
_OTHER_MODEL = "choose another model in **Settings > Models**"
_WORDS: dict[Kind, tuple[str, str]] = {
    "no-model": (
        "No model is set up yet.",
        f"Choose one in **Settings > Models**, {_AGAIN} If the list is empty, add a provider's key in {_KEYS}, "
        "or start Ollama or LM Studio on this computer.",
    ),
    "no-key": ("There is no API key for {who}.", f"Add one in {_KEYS}, or {_OTHER_MODEL}, {_AGAIN}"),
    "bad-key": ("{Who} rejected the API key{status}.", f"Check the key in {_KEYS}, {_AGAIN}"),
    "forbidden": (
        "{Who} refused access{status}.",
        f"The API key may not be allowed to use {{model}}. Check it in {_KEYS}, or {_OTHER_MODEL}.",
    ),
    "no-credit": (
        "Your {who} account has no credit left{status}.",
        f"Add credit with the provider, or {_OTHER_MODEL}, {_AGAIN}",
    ),
    "budget": ("This bot's budget is used up.", "Raise it in the bot's settings, or use another bot."),
    "not-found": ("{Who} can't find {model}{status}.", f"Check the model's name, or {_OTHER_MODEL}, {_AGAIN}"),
    "rate-limit": (
        "{Who} is limiting requests right now{status}.",
        f"Wait a minute, {_AGAIN} If it happens often, check the limits of your account, or {_OTHER_MODEL}.",
    ),
    "provider-fault": (
        "{Who} reported an error{status}.",
        f"Your key and your message are fine. Wait a little, {_AGAIN} If it doesn't help, {_OTHER_MODEL}.",
    ),
    "refused": (
        "CachiBot can't connect to {who}{at}.",
        f"The connection was refused. Check your internet connection, proxy and firewall, {_AGAIN}",
    ),
    "no-network": (
        "CachiBot can't reach {who}{at}.",
        f"This computer has no network connection to it. Check your connection, {_AGAIN}",
    ),
    "dns": (
        "CachiBot can't find {who}{at}.",
        f"The name could not be looked up (DNS). Check your internet connection and the address, {_AGAIN}",
    ),
    "tls": (
        "The connection to {who}{at} isn't secure.",
        "Its identity could not be verified (TLS certificate). Your network, a proxy or an antivirus program may be "
        f"intercepting connections, or your computer's clock may be wrong. Fix that, {_AGAIN}",
    ),
    "timeout": (
        "{Who}{at} didn't respond in time{status}.",
        f"It may be busy, or your connection may be slow. Wait a little, {_AGAIN}",
    ),
    "disconnected": (
        "The connection to {who}{at} was closed before the answer was complete.",
        "Send your message again. If it happens again, check the provider's status, or your network.",
    ),
    "unreadable": (
        "{Who}{at} sent something that isn't an answer.",
        f"Another program may be responding there. Check the address in {_KEYS}, {_AGAIN}",
    ),
    "rejected": ("{Who} rejected the request{status}.", f"Change your message or {_OTHER_MODEL}, {_AGAIN}"),
    "other": ("CachiBot couldn't answer.", f"Send your message again. If it doesn't help, {_OTHER_MODEL}."),
}
_LOCAL_WORDS: dict[Kind, tuple[str, str]] = {
    "bad-key": ("{Who}{at} rejected the API key{status}.", f"Check the address and the key in {_KEYS}, {_AGAIN}"),
    "provider-fault": (
        "{Who}{at} reported an error{status}.",
        "The model may need more memory than is free, or the server may need a restart. Check its log, "
        f"{_AGAIN} If it doesn't help, {_OTHER_MODEL}.",
    ),
    "refused": (
        "{Who} isn't running{at}.",
        f"Start it, {_AGAIN} If it runs at another address, change that in {_KEYS}.",
    ),
    "disconnected": (
        "{Who}{at} closed the connection before the answer was complete.",
        "It may have crashed or run out of memory. Send your message again. If it happens again, check its log.",
    ),
}


def to_markdown(failure: Failure, secrets: Iterable[str] = ()) -> str:
    """Return the message for `failure` as Markdown, without `secrets`.

    The provider's text is in a code block, so that its markup has no effect.
    """
    title, advice = _title_and_advice(failure)
    parts = [f"**{title}**", advice]
    detail = _redacted(failure.detail, secrets)
    if detail and failure.kind not in ("no-model", "no-key", "refused"):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", detail)), default=0))
        parts.append(f"{fence}text\n{detail}\n{fence}")
    return "\n\n".join(parts)


def escape_markdown(text: str) -> str:
    """Redact secrets in a message of CachiBot's own, and escape its Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", _redacted(text, ()))


def _title_and_advice(failure: Failure) -> tuple[str, str]:
    provider = failure.provider
    values = {
        "who": provider,
        "Who": provider[0].upper() + provider[1:],
        # As code, because Markdown would make it a link.
        "at": f" at `{failure.address}`" if failure.address else "",
        "status": f" ({failure.status})" if failure.status else "",
        "model": _model_name(failure),
    }
    title, advice = (failure.local and _LOCAL_WORDS.get(failure.kind)) or _WORDS[failure.kind]
    if failure.kind == "not-found" and failure.model.lower().startswith("ollama/"):
        advice = f"Download it with `ollama pull`, or {advice[0].lower()}{advice[1:]}"
    return title.format(**values), advice.format(**values)


def _model_name(failure: Failure) -> str:
    name = re.sub(r"[`\s]+", " ", failure.model.split("/", 1)[-1]).strip()
    return f"the model `{name}`" if name else "this model"


def _redacted(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = "".join(character for character in redact(text) if character.isprintable() or character == "\n").strip()
    return text if len(text) <= DETAIL_CHARACTERS else f"{text[:DETAIL_CHARACTERS]}…"
