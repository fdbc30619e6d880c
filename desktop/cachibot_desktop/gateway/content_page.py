"""The page in which content runs its scripts, apart from everything else, and the library that draws diagrams in it.

The UI loads it in a frame or a window, and sends the content to it (patches/page/content_frames.js). Its policy gives
it an origin of its own, without token, bridge and storage. It cannot load, send, open, download or submit anything.
"""

from __future__ import annotations

from pathlib import Path

from .static_files import StaticResponse

PATH = "/desktop/content"
LIBRARY_PATH = "/desktop/mermaid.js"

_FILE = Path(__file__).with_suffix(".html")

_LIBRARY = "mermaid.tiny.js"
_LIBRARY_FILES = (
    Path(__file__).with_name(_LIBRARY),
    Path(__file__).parents[3] / "node_modules" / "@mermaid-js" / "tiny" / "dist" / _LIBRARY,
)
"""In a frozen server, and in a clone."""

_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
)


def response(path: str) -> StaticResponse | None:
    """Return the empty page with the policy for its content, or the library; None for other paths."""
    if path == PATH:
        return StaticResponse(_FILE.read_bytes(), "text/html; charset=utf-8", "no-cache", _POLICY)
    if path == LIBRARY_PATH and (library := _library()) is not None:
        return StaticResponse(library.read_bytes(), "text/javascript; charset=utf-8", "no-cache")
    return None


def missing_files() -> list[str]:
    """Return the files that are not here."""
    return [name for name, file in ((_FILE.name, _FILE), (_LIBRARY, _library())) if file is None or not file.is_file()]


def _library() -> Path | None:
    return next((file for file in _LIBRARY_FILES if file.is_file()), None)
