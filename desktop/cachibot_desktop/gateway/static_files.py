"""Serves the files of the web UI, even while cachibot starts and shuts down.

The files are listed at startup, and a request can only get a file in that list. cachibot's
own handler joins the raw path instead (see patches/spa_fallback.py).
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..launch_options import DEFAULT_PORT, HOST
from ..patches.page.google_fonts import remove_google_fonts
from ..patches.page.page_patch import HASHED, TEXT_SUFFIXES, PagePatch, apply_patches
from ..patches.page.page_scripts import add_script, page_script
from ..patches.page.registry import PAGE_PATCHES

PAGE_HOST = f"{HOST}:{DEFAULT_PORT}"
"""Host and port in the page's origin, whatever the real port is, so that the page keeps its localStorage."""

_CONTENT_TYPES = {
    # The system's table may map .js to text/plain (Windows registry); with `nosniff` such a script does not run.
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
}

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class StaticResponse:
    """Body and headers of one response."""

    body: bytes
    content_type: str
    cache_control: str
    policy: str | None = None
    """A Content-Security-Policy other than the UI's."""


class StaticFiles:
    """The files of one built UI, patched."""

    def __init__(self, root: Path, patches: Iterable[PagePatch] = PAGE_PATCHES) -> None:
        """List the files below `root`, and apply `patches` in memory.

        Raises:
            FileNotFoundError: there is no index.html in `root`.
        """
        self._files = {
            "/" + path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()
        }
        texts = {path: file.read_bytes() for path, file in self._files.items() if file.suffix in TEXT_SUFFIXES}
        script, body = page_script()
        texts["/index.html"] = add_script(remove_google_fonts((root / "index.html").read_bytes()), script)
        patched = apply_patches(texts, patches)
        for path in patched.renamed:
            self._files.pop(path, None)
        self._patched = {**patched.changed, script: body}
        self._index = patched.changed.get("/index.html", texts["/index.html"])
        self.problems = patched.problems
        """A message for each patch that was not applied because its anchor does not match."""
        self.policy = content_security_policy(self._index)

    def response(self, path: str) -> StaticResponse:
        """Return the file at `path`; otherwise index.html, whose script resolves the path."""
        body = self._body(path)
        if path == "/index.html" or body is None:
            return StaticResponse(self._index, _CONTENT_TYPES[".html"], "no-cache")
        # A name in /assets contains a hash of the content; a patched file gets a new name.
        hashed = path.startswith(HASHED)
        return StaticResponse(
            body,
            content_type(Path(path)),
            "public, max-age=31536000, immutable" if hashed else "no-cache",
        )

    def has_file(self, path: str) -> bool:
        """Return whether a file of that name is served, rather than the UI's shell."""
        return path != "/index.html" and (path in self._patched or path in self._files)

    def _body(self, path: str) -> bytes | None:
        if path in self._patched:
            return self._patched[path]
        file = self._files.get(path)
        return None if file is None else file.read_bytes()


def content_type(file: Path) -> str:
    """Return the content type for a file's suffix."""
    suffix = file.suffix.lower()
    return _CONTENT_TYPES.get(suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def content_security_policy(index: bytes) -> str:
    """Return the Content-Security-Policy of all responses. It allows the inline scripts of `index` by their hashes."""
    hashes = "".join(f" 'sha256-{_sha256(script)}'" for script in _INLINE_SCRIPT.findall(index))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{PAGE_HOST}",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )


def _sha256(text: bytes) -> str:
    return base64.b64encode(hashlib.sha256(text).digest()).decode()
