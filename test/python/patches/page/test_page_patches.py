"""Patches of the page: each matches the page of the installed cachibot, and a patched file gets a new name.

test/real/conversation/ and test/real/first-use/first-page.test.ts show the flaws of the stock page, and the fixes, in a
real window.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from cachibot_desktop.gateway.static_files import StaticFiles
from cachibot_desktop.patches.page import page_scripts
from cachibot_desktop.patches.page.page_patch import PagePatch, apply_patches
from cachibot_desktop.patches.page.page_scripts import SCRIPTS
from cachibot_desktop.patches.page.registry import PAGE_PATCHES
from cachibot_desktop.upstream import find_ui

PATCH = PagePatch("greeting", "It greets.", b"hello()", b"bye()")

FILES = {
    "/index.html": b'<script src="/assets/index-1a.js"></script><link href="/assets/index-2b.css">',
    "/assets/index-1a.js": b'import("./chat-3c.js");hello();',
    "/assets/chat-3c.js": b'import {x} from "./index-1a.js"',
    "/assets/other-4d.js": b"alone()",
    "/assets/index-2b.css": b"body{}",
}


def test_every_page_patch_is_documented() -> None:
    for patch in PAGE_PATCHES:
        assert patch.name
        assert patch.flaw
        assert "0.3.0" in patch.versions
    assert len({patch.name for patch in PAGE_PATCHES}) == len(PAGE_PATCHES)


def test_every_patch_matches_the_installed_page() -> None:
    """When this fails, upstream has changed the page: check whether and where the patch is still needed."""
    assert StaticFiles(find_ui()).problems == ()
    for patch in PAGE_PATCHES:
        [stock] = find_ui().glob(patch.files.removeprefix("/"))
        assert stock.read_bytes().count(patch.anchor) == 1, patch.name


def test_the_stock_page_cannot_change_a_password() -> None:
    """The flaw of `own_password`."""
    assert b"change-password" not in next((find_ui() / "assets").glob("index-*.js")).read_bytes()


def test_the_stock_page_connects_late() -> None:
    """The flaw of `connect_at_once`."""
    [script] = (find_ui() / "assets").glob("index-*.js")
    assert re.findall(rb"setTimeout\(\(\)=>\{[\w.]+onnect\(\)\},(\d+)\)", script.read_bytes()) == [b"100"]


def test_the_stock_page_waits_for_the_list_of_models() -> None:
    """The flaw of `model_list`."""
    [script] = (find_ui() / "assets").glob("index-*.js")
    requests = rb'"Loading configuration\.\.\."\),\(await Promise\.allSettled\(\[(.*?)\]\)'
    initial = re.search(requests, script.read_bytes())
    assert initial is not None
    assert b",es.getState().refresh()," in initial[1]


def test_the_stock_page_lists_keys_that_do_nothing() -> None:
    """The flaw of `app_menu`: nothing but the store knows the palette and the function for the side bar."""
    [script] = (find_ui() / "assets").glob("index-*.js")
    stock = script.read_bytes()
    assert b'label:"Command Palette",shortcut:"Ctrl + K"' in stock
    assert stock.count(b"commandPaletteOpen") == 2
    assert stock.count(b"setCommandPaletteOpen") == 1
    assert stock.count(b"toggleSidebar") == 1


def test_the_stock_page_deletes_a_chat_in_its_own_storage_only() -> None:
    """The flaw of `deletion`: nothing in the store of chats calls the function that deletes a chat on the server."""
    [script] = (find_ui() / "assets").glob("index-*.js")
    store = script.read_bytes().split(b"deleteChat:s=>")[1].split(b"setActiveChat:")[0]
    assert b"OI(" not in store
    assert b"At(" not in store


def test_the_stock_page_links_to_files_that_require_the_login() -> None:
    """The flaws of `downloads`: two links, one that a button makes, and a failure that is not shown."""
    stock = next((find_ui() / "assets").glob("index-*.js")).read_bytes()
    assert stock.count(b'n.jsxs("a",{href:a,download:i,className:"artifact-document__download-btn"') == 2
    assert stock.count(b"N.href=e.metadata.downloadUrl") == 1
    assert re.search(rb"URL\.revokeObjectURL\(q\)\}catch\{\}", stock)


def test_the_page_knows_all_routes_of_files() -> None:
    """When this fails, CachiBot has a new route that returns a file: see whether the page links to it."""
    routes = (find_ui().parent / "api/routes").rglob("*.py")
    route = re.compile(r'@(\w+)\.get\("([^"]*)"\)\n[^@]*?-> FileResponse')
    returned = [found for path in routes for found in route.findall(path.read_text(encoding="utf-8"))]
    assert sorted(returned) == [
        ("chat_asset_router", "/{bot_id}/chats/{chat_id}/assets/{asset_id}/download"),
        ("room_asset_router", "/{room_id}/assets/{asset_id}/download"),
    ]


DEAD_CONTROLS = [
    rb'title:"Attach file",disabled:[^,]+,children:',
    rb'"button",\{className:"settings-btn-secondary",children:"Browse"\}',
    rb'"button",\{className:"settings-btn-secondary flex items-center gap-2",children:\[[^\]]+"Import"\]',
    rb'[^.\w]prompt\("',
    rb"e\(`/\$\{s\}/automations/new`\)",
    rb'"Pair Mobile Device"',
    rb"s=t\(\),a=window\.location\.origin,i=`\$\{a\}/v1`",
]
"""Controls without a handler, and what leads nowhere in this app."""


@pytest.mark.parametrize("control", DEAD_CONTROLS)
def test_the_stock_page_has_dead_controls(control: bytes) -> None:
    """The flaws of `attachments`, `work_folder`, `import_data`, `prompts` and `interfaces`."""
    stock = next((find_ui() / "assets").glob("index-*.js")).read_bytes()
    assert re.search(control, stock)


def test_the_stock_page_does_not_name_the_chat() -> None:
    """The flaw of `last_chat`."""
    assert b"document.title" not in next((find_ui() / "assets").glob("index-*.js")).read_bytes()


HTML_SINKS = {
    rb"dangerouslySetInnerHTML:\{": 0,
    rb"\.innerHTML=": 5,
    rb"\.outerHTML=": 0,
    rb"insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|srcDoc:": 1,
    rb"(?:document|[a-z])\.write\(\w\.content\)": 0,
    rb"jsxs?\(kB,": 1,
}
"""Places of the served script that could draw HTML, with their number:

- innerHTML: React's `dangerouslySetInnerHTML`, which nothing uses (2), React's <script> that does not run (1), the
  decoder of character references such as `&amp;` (1), and DOMPurify's document that is never shown (1).
- srcDoc: the HTML parser's table of attributes.
- kB: react-markdown, which runs the sanitizer.
"""


def test_nothing_but_the_sanitizer_draws_foreign_text_as_html() -> None:
    """When this fails, upstream draws HTML in another way: see whether foreign text is in it."""
    ui = StaticFiles(find_ui())
    [script] = re.findall(r'type="module" crossorigin src="(/assets/[^"]+\.js)"', ui.response("/").body.decode())
    served = ui.response(script).body
    assert {pattern: len(re.findall(pattern, served)) for pattern in HTML_SINKS} == HTML_SINKS
    assert served.count(b"window.cachibotDesktop.sanitize]") == 1
    assert "script-src 'self' 'sha256-" in ui.policy, "no script of another origin runs"


def test_no_frame_with_scripts_has_the_origin_of_the_page() -> None:
    """But the renderer of a plug-in's own artifacts, whose address CachiBot does not serve and the shell refuses."""
    ui = StaticFiles(find_ui())
    [script] = re.findall(r'type="module" crossorigin src="(/assets/[^"]+\.js)"', ui.response("/").body.decode())
    served = ui.response(script).body
    assert served.count(b"allow-same-origin") == 1
    assert b'sandbox:"allow-scripts allow-same-origin",className:"artifact-custom__iframe"' in served
    assert served.count(b'"_blank")') == 0, "a window without an origin of its own"


def test_the_stock_page_runs_artifacts_and_views_with_its_own_rights() -> None:
    """The flaw of `content_frames` and `plugin_views`."""
    stock = next((find_ui() / "assets").glob("index-*.js")).read_bytes()
    assert stock.count(b"allow-scripts allow-same-origin") == 3


def test_the_stock_page_has_no_sanitizer() -> None:
    """The flaw of `content_sanitizer`: react-markdown runs the HTML parser and nothing after it."""
    stock = next((find_ui() / "assets").glob("index-*.js")).read_bytes()
    assert b"rehypePlugins:[$z]," in stock
    assert stock.count(b"dangerouslySetInnerHTML:{") == 1


def test_the_installed_page_is_served_patched_with_a_new_file_name() -> None:
    ui = StaticFiles(find_ui())
    stock = next((find_ui() / "assets").glob("index-*.js"))
    index = ui.response("/").body
    [path] = re.findall(r'type="module" crossorigin src="(/assets/[^"]+\.js)"', index.decode())
    assert path != f"/assets/{stock.name}"
    served = ui.response(path)
    assert served.content_type.startswith("text/javascript")
    assert "immutable" in served.cache_control
    assert all(patch.replacement in (index if "html" in patch.files else served.body) for patch in PAGE_PATCHES)
    assert b'id="root"' in ui.response(f"/assets/{stock.name}").body, "the stock script is not served any more"


def test_the_page_loads_our_script_before_its_own() -> None:
    ui = StaticFiles(find_ui())
    ours, theirs = re.findall(r'src="(/assets/[^"]+\.js)"', ui.response("/").body.decode())
    assert re.fullmatch(r"/assets/desktop-[0-9a-f]{8}\.js", ours)
    served = ui.response(ours)
    assert served.content_type.startswith("text/javascript")
    assert "immutable" in served.cache_control
    for name in SCRIPTS:
        assert (Path(page_scripts.__file__).parent / name).read_bytes() in served.body
    assert served.body.startswith(b"'use strict';"), "functions of the scripts replace those of the page"
    assert b"window.cachibotDesktop.showChat" in ui.response(theirs).body, "the patches call it"


def test_a_patched_file_is_renamed_with_all_files_that_refer_to_it() -> None:
    patched = apply_patches(FILES, [PATCH])
    script, chat = patched.renamed["/assets/index-1a.js"], patched.renamed["/assets/chat-3c.js"]
    assert re.fullmatch(r"/assets/index-1a-[0-9a-f]{8}\.js", script)
    assert patched.problems == ()
    assert patched.changed == {
        "/index.html": f'<script src="{script}"></script><link href="/assets/index-2b.css">'.encode(),
        script: f'import("./{Path(chat).name}");bye();'.encode(),
        chat: f'import {{x}} from "./{Path(script).name}"'.encode(),
    }


def test_the_file_name_depends_on_the_content() -> None:
    other = dataclasses.replace(PATCH, replacement=b"wave()")
    first, second = (apply_patches(FILES, [patch]).renamed["/assets/index-1a.js"] for patch in (PATCH, other))
    assert first != second
    assert apply_patches(FILES, [PATCH]).renamed["/assets/index-1a.js"] == first


@pytest.mark.parametrize(("body", "times"), [(b"nothing()", 0), (b"hello();hello()", 2)])
def test_a_patch_that_does_not_match_is_reported_and_changes_nothing(body: bytes, times: int) -> None:
    patched = apply_patches({**FILES, "/assets/index-1a.js": body}, [PATCH])
    assert patched.changed == {}
    assert patched.problems == (f"greeting: its anchor occurs {times} times in /assets/index-*.js, not once",)


def test_two_patches_of_one_file_are_both_applied() -> None:
    second = dataclasses.replace(PATCH, name="second", anchor=b"import(", replacement=b"load(")
    patched = apply_patches(FILES, [PATCH, second])
    assert patched.problems == ()
    assert b"bye()" in patched.changed[patched.renamed["/assets/index-1a.js"]]
    assert b"load(" in patched.changed[patched.renamed["/assets/index-1a.js"]]


def test_dialogs_of_the_stock_page_cover_the_buttons_of_the_window() -> None:
    """The flaws of `title_bar.js`: dialogs and an animated loading screen lie above the bar."""
    style = next((find_ui() / "assets").glob("index-*.css")).read_text()
    bars = re.findall(r"(?<![\w-])\.title-bar\{([^}]*)\}", style)
    assert bars
    assert not any("z-index" in rules for rules in bars)
    levels = {int(level) for level in re.findall(r"z-index:(\d+)", style)}
    assert {level for level in levels if level > 80} == {99999}, "only the loading screen may be above our bar"
    assert re.search(r"\.app-loader\{[^}]*z-index:99999", style)


def test_rows_of_the_stock_settings_leave_no_space_beside_a_long_text() -> None:
    """The flaw of `settings_rows.js`."""
    style = next((find_ui() / "assets").glob("index-*.css")).read_text()
    for name in ("settings-info-row", "settings-card-row"):
        rows = re.findall(rf"(?<![\w-])\.{name}\{{([^}}]*)\}}", style)
        assert rows
        assert not any("gap" in rules for rules in rows)
