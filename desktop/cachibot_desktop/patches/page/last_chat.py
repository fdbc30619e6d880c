"""Opens the last chat at the next start, and names the chat that is shown in the page's title.

Flaw: the page keeps the open chat in its address only, and the app starts without one. Its title is always the same,
so that neither the taskbar nor a screen reader tells what the window shows. cachibot 0.3.0.

Fix: last_chat.js keeps the address of the chat or room that was opened last, and follows their names. The shell makes
the window's title of the page's (window/core/window-title.ts).
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="last_chat",
    flaw="Each start shows an empty page, and the window's title does not name the chat.",
    anchor=b"function WV({onSend:e,onCancel:t,onTyping:s,",
    replacement=b"window.cachibotDesktop.followChats(nn,pn);function WV({onSend:e,onCancel:t,onTyping:s,",
)
