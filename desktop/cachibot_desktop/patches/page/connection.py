"""The page's WebSockets come back when the server does.

Flaws: the page tries five times in 31 s, always with the token that it has, and then stays disconnected, with a message
box that cannot be used. A token that has run out, or that the server refuses, is never renewed. cachibot 0.3.0.

Fix: it tries again every two seconds at most, without an end. A token that has run out, and one with which an attempt
has failed, is renewed first. A page that is not connected five seconds after the server is ready is reloaded
(connection.js).

Flaw: the page waits 100 ms before it connects, and its message box is disabled until then. Fix: it connects at once, or
when an early start is confirmed (early_start.py). The timer stays, with 0 ms: the page clears it when it is unmounted
first.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "A page whose token ran out while the server was away, or that was away for 31 s, stays disconnected."
    return PagePatch(name, flaw, anchor, replacement)


PATCHES = (
    _patch("reconnect_always", b'fn(this,"maxReconnectAttempts",5)', b'fn(this,"maxReconnectAttempts",1/0)'),
    _patch(
        "reconnect_soon",
        b"const t=this.reconnectDelay*Math.pow(2,this.reconnectAttempts-1);",
        b"const t=Math.min(this.reconnectDelay*Math.pow(2,this.reconnectAttempts-1),2e3);"
        b"window.cachibotDesktop?.expectConnection?.(this);",
    ),
    _patch(
        "expired_socket",
        b'if(!t){console.error("Cannot connect WebSocket: not authenticated");return}',
        b'if(!t){console.error("Cannot connect WebSocket: not authenticated");return}'
        b"if(window.cachibotDesktop?.mustRenew?.(this,t)){"
        b"ws().then(l=>l?(this.renewed=l,this.connectWithToken()):this.attemptReconnect());return}",
    ),
    _patch(
        "refused_socket",
        b"this.ws=new WebSocket(s),this.ws.onopen=()=>{",
        b"this.refused=t,this.ws=new WebSocket(s),this.ws.onopen=()=>{this.refused=null,",
    ),
    PagePatch(
        "connect_at_once",
        "The message box is disabled for the first 100 ms, until the page connects.",
        b"q=setTimeout(()=>{Ki.connect()},100)",
        b"q=setTimeout(()=>window.cachibotDesktop.whenLoggedIn(()=>Ki.connect()),0)",
    ),
)
