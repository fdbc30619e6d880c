"""Files that agents make can be saved.

Flaws: *Download* and *Download PDF* of a document are links to the API, which requires a login that a link does not
send: the response is 401, the file is not saved, and no error is shown. The same happens to a file of a room that
cannot be loaded, for example because the login has run out. cachibot 0.3.0.

Fix: a click on a link to a file of the API, or *Download* of a room's file, loads it with the page's login, which is
renewed if it has run out, and saves it as the page saves its other files. Each failure is shown. Only GET requests to
the known routes of the page's own origin are sent. Links in Markdown are ignored, because a model wrote them.
The functions are in downloads.js.
"""

from __future__ import annotations

from .page_patch import PagePatch

LOGIN = PagePatch(
    name="downloads",
    flaw="Download and Download PDF save nothing.",
    anchor=b"let vh=null;async function ws(){",
    replacement=(
        b"let vh=null;window.cachibotDesktop?.useLogin?.({token:()=>qt.getState().accessToken,renew:()=>ws()});"
        b"async function ws(){"
    ),
)

ROOM = PagePatch(
    name="downloads_of_rooms",
    flaw="A file of a room that cannot be loaded is not saved, and nothing says so.",
    anchor=(
        b'let L;e==="room"?L=await xG(t,k.id):L=await _G(s||"",t,k.id);const q=URL.createObjectURL(L),'
        b'w=document.createElement("a");w.href=q,w.download=k.originalFilename,w.click(),URL.revokeObjectURL(q)'
    ),
    replacement=(
        b'await window.cachibotDesktop.saveFile(e==="room"?`/api/rooms/${t}/assets/${k.id}/download`'
        b":`/api/bots/${s}/chats/${t}/assets/${k.id}/download`,k.originalFilename)"
    ),
)

PATCHES = (LOGIN, ROOM)
