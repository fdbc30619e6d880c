"""Reads attached files for a model, which gets their text, or the picture itself. Changes nothing."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..pictures.picture_format import format_of
from .folder import NAME

MOST_CHARACTERS = 60_000
"""Limit for the text of all files of a message, so that it fits into the context of a usual model."""
MOST_PICTURE_BYTES = 10_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Formats that models accept."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))

Extract = Callable[[Path], str | None]
"""Returns the text of a document such as a PDF; None for other files."""


@dataclass(frozen=True)
class Prompt:
    """A message as the model gets it."""

    text: str
    pictures: list[bytes]


def prompt_of(message: str, files: Iterable[Path], extract: Extract) -> Prompt:
    """Return a message with the content of its files."""
    parts, pictures, room = [message], list[bytes](), MOST_CHARACTERS
    for path in files:
        title = f"{NAME}/{path.name}"
        try:
            content = path.read_bytes()
            text = None if format_of(content) in PICTURES else (extract(path) or as_text(content))
        except Exception as problem:  # a damaged document: each library raises its own
            parts.append(f"[{title} cannot be read: {problem}]")
            continue
        if text is not None:
            cut = "" if len(text) <= room else f"\n[… cut off: the whole file is {title} in the workspace]"
            parts.append(f"--- {title} ---\n{text[:room]}{cut}\n--- end of {title} ---")
            room = max(0, room - len(text))
        elif format_of(content) in PICTURES and len(content) <= MOST_PICTURE_BYTES:
            pictures.append(content)
        else:
            parts.append(f"[{title} in the workspace is not a text: {len(content)} bytes]")
    return Prompt("\n\n".join(parts), pictures)


def missing(name: str) -> str:
    """Return what the model gets of an attached file that was deleted or renamed since."""
    return f"[{NAME}/{name} is not in the workspace any more]"


def as_text(content: bytes) -> str | None:
    """Return content as text; None if it is not text. Text in an old encoding is read as that of western Windows."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if content.translate(None, _CONTROL) != content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
