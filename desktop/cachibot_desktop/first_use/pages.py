"""The app's own pages and scripts, as they are served beside CachiBot's page."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from ..gateway.static_files import StaticResponse, content_type
from .api_keys import SERVICES

FOLDER = Path(__file__).with_name("page")
PREFIX = "/desktop/"
SETUP = "/setup"
PAGES = {
    SETUP: ("setup", "setup"),
    PREFIX + "model": ("setup", "model"),
    PREFIX + "password": ("password", "password"),
}
"""The name of each page's files, and its mode."""


_NAMED = re.compile(r"""(?:src|href)="(/desktop/[^"]+)"|from '\./([^']+)'""")


def missing_files() -> list[str]:
    """Return the files that the pages name and that are not here."""
    pages = OwnPages("")
    texts = [response.body.decode() for path in PAGES if (response := pages.page(path))]
    texts += [file.read_text(encoding="utf-8") for file in FOLDER.glob("*.js")]
    named = {whole or PREFIX + local for text in texts for whole, local in _NAMED.findall(text)}
    return sorted(path for path in named if pages.page(path) is None)


class OwnPages:
    """Files of the folder `page`, with words put into them."""

    def __init__(self, name: str) -> None:
        """`name` is proposed on the first page."""
        self._name = name
        self._words: dict[str, str] = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
        self._files = {PREFIX + file.name: file for file in sorted(FOLDER.iterdir()) if file.suffix in (".js", ".css")}

    def page(self, path: str) -> StaticResponse | None:
        """Return the page or file at this path; None if it is not one of ours."""
        if path in PAGES:
            name, mode = PAGES[path]
            frame, content = ((FOLDER / file).read_text(encoding="utf-8") for file in ("frame.html", f"{name}.html"))
            page = self._with_words(frame.replace("{{content}}", content), mode=mode, script=name)
            return StaticResponse(page.encode(), "text/html; charset=utf-8", "no-cache")
        if path == PREFIX + "words.js":
            services = [{"provider": service.provider, "name": service.name} for service in SERVICES]
            values = {"cachibotWords": self._words, "cachibotServices": services}
            script = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
            return StaticResponse(script.encode(), "text/javascript; charset=utf-8", "no-cache")
        file = self._files.get(path)
        return None if file is None else StaticResponse(file.read_bytes(), content_type(file), "no-cache")

    def _with_words(self, text: str, **more: str) -> str:
        values = {**self._words, **more, "userName": self._name}
        return re.sub(r"\{\{(\w+)\}\}", lambda match: html.escape(values[match[1]]), text)
