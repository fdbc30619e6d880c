"""Removes fonts from the internet, for which the page waits.

Flaw: index.html loads Google Fonts with a style sheet that blocks the first paint. If the
network drops packets, the window stays empty for more than 25 s; and each start contacts
Google. cachibot 0.2.60-0.3.0.

Fix: the lines are removed when the page is served (gateway/static_files.py). The UI's own
style sheet has system fonts as fallback.
"""

from __future__ import annotations

import re

_LINES = re.compile(rb"[ \t]*<link\b[^>]*https://fonts\.(?:googleapis|gstatic)\.com[^>]*>\r?\n?")


def remove_google_fonts(html: bytes) -> bytes:
    """Return the page without the elements that load fonts from the internet."""
    return _LINES.sub(b"", html)
