"""Recognizes the format of a picture by its first bytes. Pure."""

from __future__ import annotations

import re

_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/avif": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    # The page shows it in an <img> only, where a browser runs no script in it and loads nothing.
    # Atomic groups: many comments would otherwise be tried in each combination, for hours.
    "image/svg+xml": re.compile(
        rb"(?:\xef\xbb\xbf)?\s*(?>(?:<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->|<!DOCTYPE svg[^>]{0,400}>)\s*){0,5}"
        rb"<svg[\s>]",
        re.DOTALL | re.IGNORECASE,
    ),
}


def format_of(content: bytes) -> str | None:
    """Return the content type of a picture that browsers draw; None for anything else."""
    start = content[:10_000]
    return next((name for name, signature in _SIGNATURES.items() if signature.match(start)), None)


def may_be_picture(content_type: str) -> bool:
    """Return whether a server that names this content type may have sent a picture."""
    name = content_type.partition(";")[0].strip().lower()
    return name == "" or name.startswith("image/") or name.endswith("/octet-stream")
