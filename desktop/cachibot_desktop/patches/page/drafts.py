"""Keeps what is typed and not sent, in the chat or room to which it belongs.

Flaw: the message box keeps its text only as long as it is on the screen. A reload, a crash, a restart, or another page
loses it; and in another chat it is still there. cachibot 0.3.0.

Fix: the text is a draft of its chat or room, kept in the page's storage (drafts.js) until it is sent or emptied. A
message that begins a chat is a draft of its bot.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, place: bytes) -> PagePatch:
    flaw = "What is typed is lost by a reload, a crash, a restart or another page, and appears in another chat."
    replacement = anchor.replace(b'_.useState("")', b"window.cachibotDesktop.useDraft(_," + place + b")")
    return PagePatch(name, flaw, anchor, replacement)


PATCHES = (
    _patch("drafts", b'[te,$]=_.useState("")', b'i?"chat "+i:"bot "+T'),
    _patch("room_drafts", b'bots:h}){const[m,g]=_.useState("")', b'"room "+pn.getState().activeRoomId'),
)
