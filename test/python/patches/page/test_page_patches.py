"""Patches of the page: each fits the page of the installed cachibot, and a patched file gets a name of its own.

That stock cachibot has the flaws, and that the patched page has not, is tried in a real window:
test/real/conversation/messages.test.ts.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from cachibot_desktop.gateway.static_files import StaticFiles
from cachibot_desktop.patches.page.page_patch import PagePatch, apply_patches
from cachibot_desktop.patches.page.registry import PAGE_PATCHES
from cachibot_desktop.upstream import find_ui

PATCH = PagePatch("greeting", "It greets.", "0.3.0", "/assets/index-*.js", b"hello()", b"bye()")

FILES = {
    "/index.html": b'<script src="/assets/index-1a.js"></script><link href="/assets/index-2b.css">',
    "/assets/index-1a.js": b'import("./chat-3c.js");hello();',
    "/assets/chat-3c.js": b'import {x} from "./index-1a.js"',
    "/assets/other-4d.js": b"alone()",
    "/assets/index-2b.css": b"body{}",
}


def test_every_patch_says_what_it_is_for() -> None:
    for patch in PAGE_PATCHES:
        assert patch.name
        assert patch.flaw
        assert "0.3.0" in patch.versions
    assert len({patch.name for patch in PAGE_PATCHES}) == len(PAGE_PATCHES)


def test_every_patch_fits_the_installed_page() -> None:
    """When this turns red, upstream has changed the page: look whether the patch is still needed, and where."""
    assert StaticFiles(find_ui()).problems == ()
    stock = next((find_ui() / "assets").glob("index-*.js")).read_bytes()
    for patch in PAGE_PATCHES:
        assert stock.count(patch.anchor) == 1, patch.name


def test_the_installed_page_is_served_patched_under_another_name() -> None:
    ui = StaticFiles(find_ui())
    stock = next((find_ui() / "assets").glob("index-*.js"))
    [path] = re.findall(r'src="(/assets/[^"]+\.js)"', ui.response("/").body.decode())
    assert path != f"/assets/{stock.name}"
    served = ui.response(path)
    assert served.content_type.startswith("text/javascript")
    assert "immutable" in served.cache_control
    assert all(patch.replacement in served.body for patch in PAGE_PATCHES)
    assert b'id="root"' in ui.response(f"/assets/{stock.name}").body, "the stock script is served no more"


def test_a_patched_file_is_renamed_in_every_file_that_names_it_and_so_are_those() -> None:
    patched = apply_patches(FILES, [PATCH])
    script, chat = patched.renamed["/assets/index-1a.js"], patched.renamed["/assets/chat-3c.js"]
    assert re.fullmatch(r"/assets/index-1a-[0-9a-f]{8}\.js", script)
    assert patched.problems == ()
    assert patched.changed == {
        "/index.html": f'<script src="{script}"></script><link href="/assets/index-2b.css">'.encode(),
        script: f'import("./{Path(chat).name}");bye();'.encode(),
        chat: f'import {{x}} from "./{Path(script).name}"'.encode(),
    }


def test_the_name_follows_the_content() -> None:
    other = dataclasses.replace(PATCH, replacement=b"wave()")
    first, second = (apply_patches(FILES, [patch]).renamed["/assets/index-1a.js"] for patch in (PATCH, other))
    assert first != second
    assert apply_patches(FILES, [PATCH]).renamed["/assets/index-1a.js"] == first


@pytest.mark.parametrize(("body", "times"), [(b"nothing()", 0), (b"hello();hello()", 2)])
def test_a_patch_that_does_not_fit_is_reported_and_changes_nothing(body: bytes, times: int) -> None:
    patched = apply_patches({**FILES, "/assets/index-1a.js": body}, [PATCH])
    assert patched.changed == {}
    assert patched.problems == (f"greeting: its anchor occurs {times} times in /assets/index-*.js, not once",)


def test_patches_of_one_file_add_up() -> None:
    second = dataclasses.replace(PATCH, name="second", anchor=b"import(", replacement=b"load(")
    patched = apply_patches(FILES, [PATCH, second])
    assert patched.problems == ()
    assert b"bye()" in patched.changed[patched.renamed["/assets/index-1a.js"]]
    assert b"load(" in patched.changed[patched.renamed["/assets/index-1a.js"]]
