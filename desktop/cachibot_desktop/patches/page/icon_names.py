"""Draws the default icon for a bot, a workspace or a task whose icon has no valid name.

Flaw: the page looks the name up in an object, and finds what every object inherits. An imported bot with the icon
`constructor` gets JavaScript's `Object` as a component, React throws, and the window stays empty at each start, because
every page shows all bots. cachibot 0.3.0.

Fix: only the object's own names count.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = 'An imported bot whose icon is named "constructor" leaves the window empty.'
    return PagePatch(name, flaw, anchor, replacement)


PATCHES = (
    _patch("bot_icon", b"const i=oL[e]||Qs;", b"const i=Object.hasOwn(oL,e)&&oL[e]||Qs;"),
    _patch("workspace_icon", b"const i=kV[a.icon]||lo,", b"const i=Object.hasOwn(kV,a.icon)&&kV[a.icon]||lo,"),
    _patch("task_icon", b"const d=CV[l.status]||D1,", b"const d=Object.hasOwn(CV,l.status)&&CV[l.status]||D1,"),
)
