"""The page must not wait for fonts from the internet.

Flaw: index.html loads Google Fonts with a style sheet that blocks the first paint. Where
the network swallows packets the window stays empty for more than 25 s; everywhere, each
start tells Google. cachibot 0.2.60-0.3.0.

Cure: the lines are dropped when the page is served (gateway/static_files.py). The UI's own style sheet
names system fonts as fallback.
"""

from __future__ import annotations

import re

_LINES = re.compile(rb"[ \t]*<link\b[^>]*https://fonts\.(?:googleapis|gstatic)\.com[^>]*>\r?\n?")


def without_google_fonts(html: bytes) -> bytes:
    """Return the page without the elements that load fonts from the internet."""
    return _LINES.sub(b"", html)
