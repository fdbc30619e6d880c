"""The web UI's own files, served by us from the first moment to the last.

Every file is listed at the start and looked up by name, so no request can name any
other: cachibot's own handler joins the raw path (see patches/spa_fallback.py).
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
from ..patches.page.google_fonts import without_google_fonts
from ..patches.page.page_patch import HASHED, TEXT_SUFFIXES, PagePatch, apply_patches
from ..patches.page.registry import PAGE_PATCHES

ORIGIN_OF_THE_PAGE = f"{HOST}:{DEFAULT_PORT}"
"""The page believes to be there whatever the real port is, so that its localStorage stays one."""

_CONTENT_TYPES = {
    # The system's own table may map .js to text/plain (Windows registry), which `nosniff` refuses to run.
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
class Page:
    """One answer: its bytes and the headers that describe them."""

    body: bytes
    content_type: str
    cache_control: str


class Ui:
    """The files of one built UI."""

    def __init__(self, root: Path, patches: Iterable[PagePatch] = PAGE_PATCHES) -> None:
        """List the files below `root`, and patch the page.

        Raises:
            FileNotFoundError: `root` holds no index.html.
        """
        self._files = {
            "/" + path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()
        }
        texts = {path: file.read_bytes() for path, file in self._files.items() if file.suffix in TEXT_SUFFIXES}
        texts["/index.html"] = without_google_fonts((root / "index.html").read_bytes())
        patched = apply_patches(texts, patches)
        for path in patched.renamed:
            self._files.pop(path, None)
        self._patched = patched.changed
        self._index = patched.changed.get("/index.html", texts["/index.html"])
        self.problems = patched.problems
        """A sentence for each patch that does not fit this page."""
        self.policy = content_security_policy(self._index)

    def page(self, path: str) -> Page:
        """Return the file of that name, or the UI's shell, which routes within the page."""
        body = self._body(path)
        if path == "/index.html" or body is None:
            return Page(self._index, _CONTENT_TYPES[".html"], "no-cache")
        # Names in /assets carry a hash of their content; that of a patched file follows its content, too.
        hashed = path.startswith(HASHED)
        return Page(
            body,
            content_type(Path(path)),
            "public, max-age=31536000, immutable" if hashed else "no-cache",
        )

    def _body(self, path: str) -> bytes | None:
        if path in self._patched:
            return self._patched[path]
        file = self._files.get(path)
        return None if file is None else file.read_bytes()


def content_type(file: Path) -> str:
    """Name the content type of a file by its suffix."""
    suffix = file.suffix.lower()
    return _CONTENT_TYPES.get(suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def content_security_policy(index: bytes) -> str:
    """Return the policy of every answer; the page's inline scripts are allowed by their hash."""
    hashes = "".join(f" 'sha256-{_sha256(script)}'" for script in _INLINE_SCRIPT.findall(index))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{ORIGIN_OF_THE_PAGE}",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _sha256(text: bytes) -> str:
    return base64.b64encode(hashlib.sha256(text).digest()).decode()
