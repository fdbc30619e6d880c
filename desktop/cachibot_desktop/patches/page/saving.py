"""Long histories do not slow the page, and the user hears of it before there is no room for more.

Flaws: after each change of a store, also of a part that is not saved, the page writes the whole store to its storage:
all chats with all messages, dozens of times for each answer. With five million characters a short answer takes seconds.
When the storage is full, the write throws an error in the middle of the page's work. cachibot 0.3.0.

Cure: a store is written if a saved part has changed, and takes a tenth of the time at most; the last state is written
when the page is hidden or closed. From 80 % on, and when it is full, the page says so. The functions are in saving.js.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="saving",
    flaw="Long histories slow each answer.",
    anchor=b"setItem:(i,l)=>s.setItem(i,JSON.stringify(l,void 0))",
    replacement=(
        b"setItem:(i,l)=>window.cachibotDesktop?.saveStore?window.cachibotDesktop.saveStore(i,l,a=>Ee.error(a))"
        b":s.setItem(i,JSON.stringify(l,void 0))"
    ),
)
