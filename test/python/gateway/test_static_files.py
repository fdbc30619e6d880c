"""The UI's files: content types, caching, paths, and the Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from cachibot_desktop.gateway.static_files import StaticFiles
from cachibot_desktop.upstream import find_ui

PAGE = b"""<html><head>
    <link rel="preconnect" href="https://fonts.googleapis.com">
    <link rel="preconnect" href="https://fonts.gstatic.com" crossorigin>
    <link href="https://fonts.googleapis.com/css2?family=Inter" rel="stylesheet">
    <link rel="icon" href="/favicon.svg" />
    <script>theme()</script>
    <script type="module" src="/assets/index-1.js"></script>
</head><div id="root"></div></html>
"""


@pytest.fixture
def ui(tmp_path: Path) -> StaticFiles:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_bytes(PAGE)
    (dist / "assets" / "index-1.js").write_text("run()")
    (dist / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret").write_text("secret")
    return StaticFiles(dist)


def test_files_have_content_types_and_hashed_files_are_cached(ui: StaticFiles) -> None:
    script = ui.response("/assets/index-1.js")
    assert (script.body, script.content_type) == (b"run()", "text/javascript; charset=utf-8")
    assert "immutable" in script.cache_control
    assert ui.response("/favicon.svg").content_type == "image/svg+xml"
    assert ui.response("/favicon.svg").cache_control == "no-cache"


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/bots/x/chats", "/../secret", "/assets/../../secret", "/nothing.js"]
)
def test_every_other_path_returns_the_page(ui: StaticFiles, path: str) -> None:
    page = ui.response(path)
    assert b'id="root"' in page.body
    assert page.cache_control == "no-cache"


def test_the_page_loads_nothing_from_the_internet(ui: StaticFiles) -> None:
    body = ui.response("/").body
    assert b"google" not in body
    assert b"gstatic" not in body
    assert b"favicon.svg" in body


def test_the_policy_allows_only_the_inline_script_by_its_hash(ui: StaticFiles) -> None:
    digest = base64.b64encode(hashlib.sha256(b"theme()").digest()).decode()
    policy = dict(part.split(" ", 1) for part in ui.policy.split("; "))
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:5870"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["form-action"] == "'none'"


def test_the_page_of_the_installed_cachibot_needs_the_patch() -> None:
    original = (find_ui() / "index.html").read_bytes()
    assert b"https://fonts.googleapis.com" in original, "upstream no longer loads Google Fonts: drop the patch"
    served = StaticFiles(find_ui()).response("/").body
    assert b"https://" not in served
    assert b'<div id="root"></div>' in served
