"""Runs the scripts of HTML artifacts, apart from the page.

Flaw: an HTML artifact, which a model or a plug-in writes, is drawn in a frame of the page's origin with scripts on. It
can use the page's login, storage and bridge, and every route of the server. The Content-Security-Policy of the gateway
stops these scripts, so most artifacts, and their windows, show nothing; pictures in them can still send requests to the
server. cachibot 0.3.0.

Fix: they are drawn in a sandboxed frame or window with a policy of its own (content_frames.js).
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(
        name=name,
        flaw="HTML artifacts run no scripts, or run them with the rights of the page.",
        anchor=anchor,
        replacement=replacement,
    )


FRAME = _patch(
    "html_frame",
    b'"iframe",{ref:t,sandbox:"allow-scripts allow-same-origin allow-modals",className:"artifact-html__iframe"',
    b'"div",{ref:t,className:"artifact-html__iframe"',
)

CONTENT = _patch(
    "html_content",
    b"const h=d.contentDocument;h&&(h.open(),h.write(e.content),h.close())",
    b"window.cachibotDesktop.showContent(d,e.content)",
)

WINDOW = _patch(
    "html_window",
    b'const d=new Blob([e.content],{type:"text/html"}),h=URL.createObjectURL(d);'
    b'window.open(h,"_blank"),setTimeout(()=>URL.revokeObjectURL(h),5e3)',
    b"window.cachibotDesktop.openContent(e.content)",
)

PRINT = _patch(
    "html_print",
    b'const d=window.open("","_blank");d&&(d.document.open(),d.document.write(e.content),d.document.close(),'
    b'd.addEventListener("load",()=>{d.focus(),d.print()}),setTimeout(()=>{d.focus(),d.print()},500))',
    b"window.cachibotDesktop.printContent(e.content)",
)

PATCHES = (FRAME, CONTENT, WINDOW, PRINT)
