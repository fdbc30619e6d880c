"""The scripts that CachiBot Desktop adds to upstream's page, as one file that runs before upstream's own.

Each is kept readable beside this file, and their words in words.json. Patches of the page call what they define.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .page_patch import HASHED

SCRIPTS = (
    "answers.js",
    "approvals.js",
    "commands.js",
    "ask_for_text.js",
    "attachments.js",
    "composition_enter.js",
    "connection.js",
    "content_schema.js",
    "content_sanitizer.js",
    "content_layout.js",
    "remote_pictures.js",
    "content_pictures.js",
    "content_frames.js",
    "content_focus.js",
    "diagrams.js",
    "downloads.js",
    "drafts.js",
    "early_start.js",
    "error_card.js",
    "import_data.js",
    "interfaces.js",
    "last_chat.js",
    "log_in.js",
    "palette.js",
    "news.js",
    "deletion.js",
    "filling.js",
    "saving.js",
    "send_later.js",
    "reminders.js",
    "settings_rows.js",
    "work_folder.js",
    "title_bar.js",
)
"""In the order they run."""
BEFORE = b'<script type="module"'
STRICT = b"'use strict';"
"""Without it a function inside a block replaces the page's own of that name, such as `window.open`."""


def page_script() -> tuple[str, bytes]:
    """Return the path and the content of the file; its name follows its content, since browsers keep it."""
    folder = Path(__file__).parent
    words = b"window.cachibotDesktop = { words: %s };" % (folder / "words.json").read_bytes().strip()
    body = b"\n".join((STRICT, words, *((folder / name).read_bytes() for name in SCRIPTS)))
    return f"{HASHED}desktop-{hashlib.sha256(body).hexdigest()[:8]}.js", body


def add_script(html: bytes, path: str) -> bytes:
    """Add an element to the page that loads the script before upstream's."""
    return html.replace(BEFORE, b'<script src="%s"></script>\n    %s' % (path.encode(), BEFORE), 1)
