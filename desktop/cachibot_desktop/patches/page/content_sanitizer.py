"""Draws only what an allow-list contains, wherever the page shows text of a model, a plug-in or a website.

Flaw: a text is Markdown with raw HTML in it, and each tag becomes an element of the page. So a text can style the page
(`<style>`), cover it (`<dialog open>`, `class="fixed inset-0"`), show a card of the app (`<cachibot-card>`), navigate
(`<meta>`), request (`<img src="/api/...">`), take the focus, or empty the window (`ref`: React's error 284). An SVG of
a plug-in is drawn in the page, where its `<style>` changes everything. cachibot 0.3.0.

Fix: the one component that draws Markdown gets two more plugins (content_sanitizer.js), which follow the allow-list in
content_schema.js. In place of a picture of another computer they draw a placeholder (remote_pictures.js). If they are
missing it throws, and `message_boundary` shows the text without Markdown. An SVG becomes a picture (content_layout.js).
"""

from __future__ import annotations

from .page_patch import PagePatch

FLAW = "Text in a chat can style, cover and navigate the page, and request from the server."

MARKDOWN = PagePatch(
    name="content_sanitizer",
    flaw=FLAW,
    anchor=b"rehypePlugins:[$z],",
    replacement=b"rehypePlugins:[window.cachibotDesktop.showUnknownTags,$z,window.cachibotDesktop.sanitize],",
)

SVG = PagePatch(
    name="svg_picture",
    flaw=FLAW,
    anchor=b'className:"artifact-svg__content",dangerouslySetInnerHTML:{__html:t}}',
    replacement=b'className:"artifact-svg__content",'
    b'children:n.jsx("img",{src:window.cachibotDesktop.pictureOf(t),alt:e.title})}',
)

PATCHES = (MARKDOWN, SVG)
