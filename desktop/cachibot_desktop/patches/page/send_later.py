"""The message box can be used without a connection.

Flaw: the message box is disabled while the page is not connected: at a start, and whenever the server restarts.
cachibot 0.3.0.

Fix: the user can always write. A message that is sent waits for the connection, which the line below the message box
says; if its text is changed, it has to be sent again (send_later.js).
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "Nothing can be written while the server starts or restarts."
    return PagePatch(name, flaw, anchor, replacement)


_HINT = b'n.jsx("span",{className:"chat-island__hint",children:"Press Enter to send, Shift+Enter for new line"})'
_STATUS = (
    b'G?"chat-status-bar__dot--connected":"chat-status-bar__dot--disconnected")}),G?"Connected":"Disconnected"]}),'
    + _HINT
)
_LATER = b'G?"chat-status-bar__dot--connected":later.dot)}),G?"Connected":later.text]}),' + _HINT
_EMPTY_CHAT = b"]})]}),V.length>0&&"
_CHAT = b"]}),jn&&"

PATCHES = (
    _patch(
        "send_later",
        b'jn=B.step!=="idle",Tt=',
        b'jn=B.step!=="idle",later=window.cachibotDesktop.useSendLater(_,G,(i??T)+" "+te),Tt=',
    ),
    _patch(
        "send_later_in_form",
        b"mt=$e.toLowerCase();if(!q($e)){",
        b"mt=$e.toLowerCase();if(!G&&later.wait(Te))return;if(!q($e)){",
    ),
    _patch(
        "write_in_empty_chat",
        b"or type / for commands...`,disabled:!G||h||!M",
        b"or type / for commands...`,disabled:h||!M",
    ),
    _patch("write", b"disabled:!G||h||B.isLoadingNames||!M", b"disabled:h||B.isLoadingNames||!M"),
    _patch(
        "send_in_empty_chat",
        b'})}),n.jsx("button",{type:"submit",disabled:!te.trim()||!G||!M',
        b'})}),n.jsx("button",{type:"submit",disabled:!te.trim()||!M',
    ),
    _patch(
        "send",
        b'})}):n.jsx("button",{type:"submit",disabled:!te.trim()||!G||!M',
        b'})}):n.jsx("button",{type:"submit",disabled:!te.trim()||!M',
    ),
    _patch("status_in_empty_chat", _STATUS + _EMPTY_CHAT, _LATER + _EMPTY_CHAT),
    _patch("status", _STATUS + _CHAT, _LATER + _CHAT),
)
