"""Deletes in the database, too, everything that the user deletes in the page.

Flaws: *Delete* in the list of chats, *Bot Data Manager* and *Delete Everything* change the page's storage only. The
chats, with their messages, stay in the database and in each backup. A bot is deleted there, but if the server is away,
only in the page; and its chats stay in the page. cachibot 0.3.0.

Cure: each deletion is sent to the server, again and again until it answers, also after the page has been closed.
*Delete Everything* deletes in the database first, and says so if it cannot. The functions are in deletion.js.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, flaw: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(name, flaw, anchor, replacement)


_DELETE_CHAT = (
    b"e(a=>{const{[s]:i,...l}=a.messages;return{chats:a.chats.filter(c=>c.id!==s),messages:l,"
    b"activeChatId:a.activeChatId===s?null:a.activeChatId}})"
)

PATCHES = (
    _patch(
        "start_deletions",
        "A bot that was deleted while the server was away stays in the database.",
        b"nn=bn()(ms((e,t)=>({chats:[],",
        b"nn=bn()(ms((e,t)=>({chats:(window.cachibotDesktop?.startDeletions?.(At),[]),",
    ),
    _patch(
        "delete_chat",
        "A chat that the user deletes stays in the database.",
        b"deleteChat:s=>" + _DELETE_CHAT,
        b"deleteChat:s=>{window.cachibotDesktop?.chatDeleted?.(t().chats.find(a=>a.id===s));" + _DELETE_CHAT + b"}",
    ),
    _patch(
        "delete_bot",
        "The chats of a deleted bot stay in the page.",
        b'AI(s).catch(a=>{console.warn("Failed to delete bot from backend:",a)})',
        b"window.cachibotDesktop?.botDeleted?.(s,nn)",
    ),
    _patch(
        "delete_everything",
        "Delete Everything deletes nothing in the database.",
        b'j=()=>{localStorage.removeItem("cachibot-bots"),',
        b"j=async()=>{if(await window.cachibotDesktop?.deleteEverything?.(At,a=>Ee.error(a),Pt.getState().bots)===!1)"
        b"return;"
        b'localStorage.removeItem("cachibot-bots"),',
    ),
)
