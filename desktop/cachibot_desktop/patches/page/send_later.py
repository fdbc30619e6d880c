"""The message box of a chat can be used without a connection.

Flaw: the message box is disabled while the page is not connected, as at a start. cachibot 0.3.0.

Fix: the user can always write in a chat. A message that the user sends without a connection waits in a queue
(send_later.js) and stays in the message box (error_card.py); the line below the box says so. When the page connects, it
sends the message, whichever page is shown, and empties the box. A message becomes a draft again, which is not sent by
itself, if its text is changed or its user logs out. Commands that the page runs itself do not wait.
"""

from __future__ import annotations

from .drafts import CHAT_PLACE
from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "Nothing can be written in a chat while the server starts."
    return PagePatch(name, flaw, anchor, replacement)


_HINT = b'n.jsx("span",{className:"chat-island__hint",children:"Press Enter to send, Shift+Enter for new line"})'
_STATUS = (
    b'n.jsxs("span",{className:"chat-island__status",children:[n.jsx("span",{className:re("chat-status-bar__dot",'
    b'G?"chat-status-bar__dot--connected":"chat-status-bar__dot--disconnected")}),G?"Connected":"Disconnected"]}),'
    + _HINT
)
_LATER = (
    b'n.jsxs("span",{role:"status",className:"chat-island__status",children:[n.jsx("span",{className:re('
    b'"chat-status-bar__dot",G?"chat-status-bar__dot--connected":later.dot)}),G?"Connected":later.text]}),' + _HINT
)
_EMPTY_CHAT = b"]})]}),V.length>0&&"
_CHAT = b"]}),jn&&"

PATCHES = (
    _patch(
        "send_later",
        b'jn=B.step!=="idle",Tt=',
        b'jn=B.step!=="idle",later=window.cachibotDesktop.useSendLater(_,G,' + CHAT_PLACE + b",te),Tt=",
    ),
    _patch(
        "send_later_stores",
        b"const Ki=new lq,Fj={",
        b"window.cachibotDesktop.openSendLater(qt,Pt,nn);const Ki=new lq,Fj={",
    ),
    _patch(
        "send_later_new_chat",
        b"if(e)e($e);else{let ft=i;if(!ft&&T){",
        b"if(e)e($e);else{let ft=i;if(G&&!ft&&T){",
    ),
    _patch("send_later_in_form", b"U($e,{systemPrompt:", b"(G?U:later.send)($e,{systemPrompt:"),
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
