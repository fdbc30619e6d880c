"""The page in which content runs its scripts, apart from everything else.

The UI loads it in a frame or a window, and sends the content to it (patches/page/content_frames.js). Its policy gives
it an origin of its own, without token, bridge and storage. It cannot load, send, open, download or submit anything.
"""

from __future__ import annotations

from pathlib import Path

from .static_files import StaticResponse

PATH = "/desktop/content"

_FILE = Path(__file__).with_suffix(".html")

_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def response(path: str) -> StaticResponse | None:
    """Return the empty page with the policy for its content; None for other paths."""
    if path == PATH:
        return StaticResponse(_FILE.read_bytes(), "text/html; charset=utf-8", "no-cache", _POLICY)
    return None


def missing_files() -> list[str]:
    """Return the files that are not here."""
    return [] if _FILE.is_file() else [_FILE.name]
