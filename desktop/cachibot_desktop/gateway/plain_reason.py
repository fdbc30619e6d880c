"""The words for a failure that is shown outside of a chat: for a document, a scheduled task, a list of models."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .chat_errors import explain

NO_TEXT = "CachiBot found no text in this document. Scanned pages need text recognition (OCR) first."
UNREADABLE_DOCUMENT = "CachiBot can't read this document. It may be damaged, or protected by a password."
UNKNOWN_REASON = "CachiBot could not process this document. Try again to see the reason."
NO_LIST = "{who} sent something that isn't a list of models. Check the address in Settings > API Keys."
TASK_FAILED = "**“{title}” failed.**\n\n{reason}"

_CHAT_ONLY = {
    "then send your message again": "then try again",
    "Send your message again": "Try again",
    "choose another model": "choose another model in Settings > Models",
    "Your key and your message are fine": "Your key is fine",
    "Change your message or": "Change it, or",
    "CachiBot couldn't answer.": "It failed.",
    "before the answer was complete": "too early",
    "isn't an answer": "isn't what was asked for",
}
"""Words about a chat, and what they are elsewhere."""


def plain_reason(problem: BaseException, *, model: str = "", secrets: Iterable[str] = ()) -> str:
    """Return the failure and the advice without markup, and, in a line of its own, the error's own text."""
    card = explain(problem, model=model, secrets=secrets)
    text = re.sub(r"\*\*|`", "", f"{card['title']} {card['advice']}").strip()
    for words, others in _CHAT_ONLY.items():
        text = text.replace(words, others)
    return "\n".join(part for part in (text, card["detail"]) if part)
