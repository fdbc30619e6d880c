"""A room that is opened again shows the bots that answer now.

Flaw: what a room says about its bots stays as it was when its connection was lost: "thinking", though they have
answered. A tool that is reported again is there twice. cachibot 0.3.0.

Fix: a room that connects forgets it, and gets from the server (gateway/room_frames.py) what its bots do now, with the
text and the tools so far.
"""

from __future__ import annotations

from .page_patch import PagePatch

FLAW = "A room that is opened again shows bots as busy that have answered."

PATCHES = (
    PagePatch(
        "room_connected",
        FLAW,
        b"Q.onConnect(()=>a(!0))",
        b"Q.onConnect(()=>{pn.setState(k=>({botStates:{...k.botStates,[e]:{}},chainStep:{...k.chainStep,[e]:null},"
        b"routeDecision:{...k.routeDecision,[e]:null},consensusState:{...k.consensusState,[e]:null}})),a(!0)})",
    ),
    PagePatch(
        "room_tools",
        FLAW,
        b"addToolCall:(s,a,i)=>e(l=>{const c=l.activeToolCalls[s]||{},d=c[a]||[];",
        b"addToolCall:(s,a,i)=>e(l=>{const c=l.activeToolCalls[s]||{},d=(c[a]||[]).filter(k=>k.id!==i.id);",
    ),
)
