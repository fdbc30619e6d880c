"""Keeps what is typed and not sent, for its user, in the chat or room to which it belongs.

Flaw: the message box keeps its text only as long as it is on the screen. A reload, a crash, a restart, or another page
loses it; and in another chat it is still there. cachibot 0.3.0.

Fix: the text is a draft of its user and its chat or room, kept in the page's storage (drafts.js) until it is sent or
emptied, or the chat or room is deleted. A message that begins a chat is a draft of its bot. Another user who logs in
does not see it.
"""

from __future__ import annotations

from .page_patch import PagePatch

_USER = b'(qt.getState().user||{}).id+" "'
"""The start of a place, in JavaScript: the user."""
_CHAT = b'(i?"chat "+i:"bot "+T)'
_ROOM = b'"room "+pn.getState().activeRoomId'

CHAT_PLACE = _USER + b"+" + _CHAT
"""The place of a chat's message box, in JavaScript: the user, and the chat or the bot of a new one."""


def _patch(name: str, anchor: bytes, place: bytes) -> PagePatch:
    flaw = "What is typed is lost by a reload, a crash, a restart or another page, and appears in another chat."
    replacement = anchor.replace(b'_.useState("")', b"window.cachibotDesktop.useDraft(_," + place + b")")
    return PagePatch(name, flaw, anchor, replacement)


PATCHES = (
    _patch("drafts", b'[te,$]=_.useState("")', CHAT_PLACE),
    _patch("room_drafts", b'bots:h}){const[m,g]=_.useState("")', _USER + b"+" + _ROOM),
    PagePatch(
        "drafts_of_rooms",
        "The draft of a room stays in the page's storage when the room is deleted.",
        b"deleteRoom:s=>e(a=>({rooms:",
        b'deleteRoom:s=>window.cachibotDesktop?.forgetDraft?.("room "+s)||e(a=>({rooms:',
    ),
)
