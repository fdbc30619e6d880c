"""The page can be used while the server starts.

Flaw: the page shows nothing of its own until the server has confirmed the log-in and sent the settings. cachibot 0.3.0.

Fix: a chat whose user is logged in is shown at once, with the settings of its last start and the chats, which are in
its own storage. Its requests to the server wait until the log-in is confirmed (early_start.js); if it is not, the
page of the log-in follows, as before. A message that is sent waits for the connection (send_later.js).
"""

from __future__ import annotations

from .page_patch import PagePatch

_FLAW = "The page shows nothing until the server is ready and has responded to five requests."
_STORES = b"{login:qt,terms:_m,config:Vm,models:es}"

FIRST_RENDER = PagePatch(
    name="early_start",
    flaw=_FLAW,
    anchor=b"function cJ({children:e}){const[t,s]=_.useState(!1),[a,i]=_.useState(!0),",
    replacement=b"function cJ({children:e}){const[t,s]=_.useState(!1),"
    b"[a,i]=_.useState(()=>!window.cachibotDesktop.startEarly(" + _STORES + b")),",
)

LOG_IN_CONFIRMED = PagePatch(
    name="early_start_confirmed",
    flaw=_FLAW,
    anchor=b"p.setLoading(!1),qt.getState().isAuthenticated&&(",
    replacement=b"p.setLoading(!1),window.cachibotDesktop.endEarlyStart("
    + _STORES
    + b"),qt.getState().isAuthenticated&&(",
)

LOADED = PagePatch(
    name="early_start_known",
    flaw=_FLAW,
    anchor=b"g=()=>{s(!0),setTimeout(()=>i(!1),400)}",
    replacement=b"g=()=>{window.cachibotDesktop.rememberStart(" + _STORES + b"),s(!0),setTimeout(()=>i(!1),400)}",
)

PATCHES = (FIRST_RENDER, LOG_IN_CONFIRMED, LOADED)
