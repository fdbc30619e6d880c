"""A failed answer is a card, and can be tried again.

Flaw: the page drops each error frame, and knows no way to send a message again. cachibot 0.3.0.

Cure: gateway/chat_socket.py sends a message with a card in its metadata. These patches keep the metadata, show the card
(error_card.js) in place of the text, tell error_card.js which chat or room is shown, and let it send a message again.
"""

from __future__ import annotations

from .page_patch import PagePatch

FLAW = "An answer that fails leaves nothing in the chat, and cannot be tried again."


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(name, FLAW, anchor, replacement)


_SENT = b"s(L,{id:q,role:k.role,content:k.content,timestamp:new Date().toISOString()"
_SUBMIT = b"rt.length===0&&(Pe.current=!0);const $e="

PATCHES = (
    _patch(
        "card_metadata",
        b"D?a(L,k.messageId,D.content+k.content):" + _SENT + b"})",
        b"D?a(L,k.messageId,D.content+k.content):" + _SENT + b",metadata:k.metadata})",
    ),
    _patch(
        "card_shown",
        b":n.jsx(Sc,{content:ee})",
        b':e.metadata&&e.metadata.card?n.jsx("cachibot-card",{card:JSON.stringify(e.metadata.card),message:e.id,'
        b'room:x||""}):n.jsx(Sc,{content:ee})',
    ),
    _patch(
        "card_chat",
        b"rn=at&&vt;return rt.length===0?",
        b"rn=at&&vt;window.cachibotDesktop.showChat({chatId:i,connected:G,busy:h,store:nn,"
        b"send:cbSent=>Dt({preventDefault(){},cbSent})});return rt.length===0?",
    ),
    # Another text than that of the text box, which stays as it is.
    _patch(
        "card_send",
        b"const Dt=Te=>{if(Te.preventDefault(),!te.trim()||h)return;" + _SUBMIT + b"te.trim(),",
        b"const Dt=Te=>{const cbSent=Te.cbSent;if(Te.preventDefault(),!cbSent&&!te.trim()||h)return;"
        + _SUBMIT
        + b"cbSent?cbSent.text:te.trim(),",
    ),
    _patch(
        "card_sent",
        b'workspace:z})}$(""),x(null)},Ot=',
        # Without a connection (`!G`) the text stays, too (send_later.py).
        b'workspace:z,again:!!(cbSent&&cbSent.again)})}!G||cbSent||($(""),x(null))},Ot=',
    ),
    _patch(
        "card_frame",
        b"replyToId:a==null?void 0:a.replyToId,workspace:a==null?void 0:a.workspace",
        b"replyToId:a==null?void 0:a.replyToId,workspace:a==null?void 0:a.workspace,again:a&&a.again||void 0",
    ),
    _patch(
        "card_room_metadata",
        b'metadata:{},timestamp:new Date().toISOString()};d(e,Ne);break}case"room_bot_thinking"',
        b"metadata:$.metadata||{},timestamp:new Date().toISOString()};d(e,Ne),"
        b'window.cachibotDesktop.keepRoomCard(e,Ne);break}case"room_bot_thinking"',
    ),
    _patch(
        "card_room_message",
        b"d[c]={...d[c],content:d[c].content+a.content}",
        # `whole`: the text so far, for a page that has connected again (gateway/room_frames.py).
        b'd[c]={...d[c],content:(a.metadata&&a.metadata.whole?"":d[c].content)+a.content,'
        b"metadata:{...d[c].metadata,...a.metadata}}",
    ),
    _patch(
        "card_room_history",
        b"U(tt),c(e,Ne)",
        b"U(tt),c(e,window.cachibotDesktop.withRoomCards(e,Ne))",
    ),
    _patch(
        "card_room",
        b"return{isConnected:s,sendMessage:le,sendTyping:ae,sendCancel:G}",
        b"return window.cachibotDesktop.showRoom({roomId:e,socket:t.current,connected:s,store:pn}),"
        b"{isConnected:s,sendMessage:le,sendTyping:ae,sendCancel:G}",
    ),
)
