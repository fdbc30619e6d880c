"""A failed answer as a card of the page (patches/page/error_card.js), and as the Markdown that says the same.

Upstream's page shows the Markdown, and so does *Copy*.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit

from ..process.log_redaction import MASK, redact
from .chat_error_words import (
    ACTIONS,
    DOWNLOAD_IT,
    LOCAL_ACTIONS,
    LOCAL_PROVIDERS,
    LOCAL_WORDS,
    PROVIDERS,
    WORDS,
    Action,
    Kind,
)

DETAIL_CHARACTERS = 600
_WITHOUT_DETAIL = ("no-model", "no-key", "refused", "empty", "cut-off", "stopped", "interrupted")


class Card(TypedDict):
    """A failed answer, as the page shows it."""

    kind: Kind
    title: str
    advice: str
    detail: str
    """The error's own text."""
    actions: list[Action]


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
    """The error's own text."""
    retry_at: float | None = None
    """When the provider takes requests again, in seconds since the epoch."""
    proxy: str = ""
    """Scheme, host and port of the proxy that would connect, or empty."""

    @property
    def local(self) -> bool:
        """Whether the user runs the model's server."""
        return self.model.split("/")[0].lower() in LOCAL_PROVIDERS

    @property
    def provider(self) -> str:
        """Name of the provider, as the user knows it."""
        # The name may come from an imported bot, so remove characters that could be markup.
        name = re.sub(r"[^\w.-]", "", self.model.split("/")[0].lower())
        return PROVIDERS.get(name) or name or urlsplit(self.address).hostname or "the model's provider"


def card(failure: Failure, secrets: Iterable[str] = ()) -> Card:
    """Return the card for a failure."""
    title, advice = _title_and_advice(failure)
    detail = "" if failure.kind in _WITHOUT_DETAIL else _redacted(failure.detail, secrets)
    actions = (failure.local and LOCAL_ACTIONS.get(failure.kind)) or ACTIONS.get(failure.kind, ["again", "model"])
    return Card(kind=failure.kind, title=title, advice=advice, detail=detail, actions=list(actions))


def empty_answer() -> Card:
    """Return the card for an answer without a word."""
    return card(Failure("empty"))


def cut_off() -> Card:
    """Return the card below an answer that ended at the limit of tokens."""
    return card(Failure("cut-off"))


def stopped() -> Card:
    """Return the card in place of the rest of an answer that the user has stopped."""
    return card(Failure("stopped"))


def interrupted() -> Card:
    """Return the card in place of an answer that ended with the server, or with its connection."""
    return card(Failure("interrupted"))


def notice(text: str) -> Card:
    """Return the card for a text of CachiBot's own, which has words already."""
    return Card(kind="notice", title=_redacted(text, ()), advice="", detail="", actions=[])


def markdown(shown: Card) -> str:
    """Return a card as Markdown; its detail in a code block, where no markup of the provider's takes effect."""
    if shown["kind"] == "notice":
        return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", shown["title"])
    parts = [f"**{shown['title']}**"]
    if shown["advice"]:
        parts.append(shown["advice"])
    detail = shown["detail"]
    if detail:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", detail)), default=0))
        parts.append(f"{fence}text\n{detail}\n{fence}")
    return "\n\n".join(parts)


def _title_and_advice(failure: Failure) -> tuple[str, str]:
    provider = failure.provider
    values = {
        "who": provider,
        "Who": provider[0].upper() + provider[1:],
        # As code, because Markdown would make it a link.
        "at": f" at `{failure.address}`" if failure.address else "",
        "proxy": f" `{failure.proxy}`" if failure.proxy else "",
        "status": f" ({failure.status})" if failure.status else "",
        "model": _model_name(failure),
        "name": _bare_name(failure),
        "Wait": _wait(failure.retry_at),
    }
    title, advice = (failure.local and LOCAL_WORDS.get(failure.kind)) or WORDS[failure.kind]
    if failure.kind == "not-found" and failure.model.lower().startswith("ollama/"):
        advice = DOWNLOAD_IT
    return title.format(**values), advice.format(**values)


def _wait(retry_at: float | None) -> str:
    """Return how long to wait, and until when by this computer's clock."""
    if retry_at is None:
        return "Wait a minute"
    seconds = max(1, round(retry_at - time.time()))
    amount = f"{seconds} second{'s' if seconds > 1 else ''}"
    if seconds >= 120:
        amount = f"{round(seconds / 60)} minutes" if seconds < 7200 else f"{round(seconds / 3600)} hours"
    when = time.strftime("%H:%M:%S" if seconds < 3600 else "%Y-%m-%d %H:%M", time.localtime(retry_at))
    return f"Wait {amount}, until {when}"


def _bare_name(failure: Failure) -> str:
    return re.sub(r"[`\s]+", " ", failure.model.split("/", 1)[-1]).strip()


def _model_name(failure: Failure) -> str:
    name = _bare_name(failure)
    return f"the model `{name}`" if name else "this model"


def _redacted(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = "".join(character for character in redact(text) if character.isprintable() or character == "\n").strip()
    return text if len(text) <= DETAIL_CHARACTERS else f"{text[:DETAIL_CHARACTERS]}…"
