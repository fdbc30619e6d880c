"""Attaches files to messages.

Flaw: the paperclip of the message box does nothing, and a file that is dropped on a chat is ignored. cachibot 0.3.0.

Fix: attachments.js sends the file to the gateway, which saves it, and adds a line with its name to the text in the
message box. patches/attachments.py gives the model what is in it. This patch passes the page's notices to our script.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="attachments",
    flaw="The paperclip does nothing, and a file that is dropped on a chat is ignored.",
    anchor=b"{getHistory:yD,getToasts:vD});",
    replacement=b"{getHistory:yD,getToasts:vD});Object.assign(window.cachibotDesktop,{complain:e=>Ee.error(e),inform:e=>Ee.success(e)});",
)
