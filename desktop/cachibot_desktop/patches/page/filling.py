"""Shows the bots and chats of the database in a profile that has never been used.

Flaw: the page reads its bots and chats from its own storage only. On a new computer, after the profile was lost, or
with a folder that the user's own CachiBot has filled, it says "No chats yet", though the database has all of them.
cachibot 0.3.0.

Cure: if neither list is in the storage at the first start, both are read from the server once, when the user has logged
in. A profile that was used before is never filled, so what the user has deleted stays deleted. The storage has room for
about five million characters, so of long histories only the newest messages are shown. An administrator gets the bots
of all accounts, which the server lets an administrator use; *Delete Everything* leaves those of the others. When the
app has restored an older copy of a damaged storage, the same adds what is newer in the database. The functions are in
filling.js.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="filling",
    flaw='A new profile says "No chats yet", though the database has chats.',
    anchor=b"Pt=bn()(ms((e,t)=>({bots:[aL],",
    replacement=b"Pt=bn()(ms((e,t)=>({bots:(window.cachibotDesktop?.startFilling?.(()=>[Pt,nn,Fu]),[aL]),",
)
