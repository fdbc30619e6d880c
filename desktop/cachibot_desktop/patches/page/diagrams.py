"""Draws Mermaid diagrams with the library that the app brings, apart from the page.

Flaw: the page loads Mermaid from a network address into itself, in whatever version is there at the moment, and puts
its output into the page as HTML. The Content-Security-Policy of the gateway stops that, so a diagram shows "Failed to
render Mermaid diagram". cachibot 0.3.0.

Fix: the library is a file of the gateway, and runs in a frame of its own (diagrams.js).
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="diagrams",
    flaw="Mermaid diagrams are not drawn, or by a script from the internet with the rights of the page.",
    anchor=b"if(l(!0),a(null),await gV(),c||!t.current)return;const h=window.mermaid,"
    b'm=`mermaid-${e.id.replace(/[^a-zA-Z0-9]/g,"")}`,{svg:g}=await h.render(m,e.content);'
    b"!c&&t.current&&(t.current.innerHTML=g)",
    replacement=b"l(!0),a(null);const g=await window.cachibotDesktop.drawDiagram(e.content);"
    b"!c&&t.current&&t.current.replaceChildren(g)",
)
