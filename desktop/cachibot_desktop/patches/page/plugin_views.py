"""Runs the views of plug-ins apart from the page.

Flaw: a view is a page of a plug-in, drawn in a frame of the page's origin with scripts on, where it can use the page's
login, storage and bridge. The shell refuses to load such an address, and the gateway's Content-Security-Policy stops
the scripts, so a view shows nothing. cachibot 0.3.0.

Fix: it is drawn like an HTML artifact (content_frames.js). Its messages to the page (theme, notice, navigation) stay.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(
        name=name,
        flaw="Views of plug-ins run no scripts, or run them with the rights of the page.",
        anchor=anchor,
        replacement=replacement,
    )


FRAME = _patch(
    "view_frame",
    b'src:`/api/plugins/${e}/view`,title:e,sandbox:"allow-scripts allow-same-origin allow-forms allow-popups",'
    b'className:"h-full w-full border-0",style:{background:"transparent"}})',
    b'src:"/desktop/content",title:e,sandbox:"allow-scripts",'
    b'className:"h-full w-full border-0",style:{background:"transparent"}},e)',
)

CONTENT = _patch(
    "view_content",
    b'l.postMessage({type:"theme",payload:{theme:s}},window.location.origin)},[s])',
    b'l.postMessage({type:"theme",payload:{theme:s}},"*")},[s]),'
    b"_.useEffect(()=>window.cachibotDesktop.showView(t.current,e),[e])",
)

THEME = _patch(
    "view_theme",
    b'd.postMessage({type:"theme",payload:{theme:s}},window.location.origin);break',
    b'd.postMessage({type:"theme",payload:{theme:s}},"*");break',
)

PATCHES = (FRAME, CONTENT, THEME)
