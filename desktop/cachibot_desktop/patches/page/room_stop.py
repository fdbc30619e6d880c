"""A room has a Stop button while bots answer.

Flaw: the text box of a room can show Stop, but the room never tells it that a bot answers, nor what Stop does. cachibot
0.3.0.

Fix: the room tells it (`stopRoom` in error_card.js), and Stop stands beside Send instead of replacing it, because in a
room the user may write while bots answer.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(name, "A room has no Stop button.", anchor, replacement)


PATCHES = (
    _patch(
        "room_stop",
        b"n.jsx(WV,{onSend:D,onTyping:M,",
        b"n.jsx(WV,{onCancel:te.length>0?window.cachibotDesktop.stopRoom:void 0,onSend:D,onTyping:M,",
    ),
    _patch("room_stop_button", b'a&&t?n.jsx("button",', b't&&n.jsx("button",'),
    _patch(
        "room_stop_beside_send",
        b'title:"Stop",children:n.jsx(F1,{className:"h-4 w-4"})}):n.jsx("button",{type:"button",onClick:R,',
        b'title:"Stop",children:n.jsx(F1,{className:"h-4 w-4"})}),n.jsx("button",{type:"button",onClick:R,',
    ),
)
