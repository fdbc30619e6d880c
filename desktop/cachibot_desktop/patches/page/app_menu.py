"""A button for the app's menu, and the keys that the page's settings promise.

Flaw: the page draws the window's title bar without a menu, which only F10 or Alt opens. Its settings list keys for a
new chat, the side bar and a command palette that do nothing; the palette is missing altogether. cachibot 0.3.0.

Fix: a button in the title bar opens the app's menu. The shell listens to the keys, and commands.js runs the commands
with the page's stores; palette.js draws the palette.
"""

from __future__ import annotations

from .page_patch import PagePatch

_BUTTON = (
    b's.openMenu&&n.jsx("button",{type:"button",onClick:()=>s.openMenu(),className:"title-bar__btn title-bar-btn",'
    b'"aria-label":window.cachibotDesktop.words.menu,"aria-haspopup":"menu",title:window.cachibotDesktop.words.menu,'
    b'children:n.jsx(cO,{className:"h-4 w-4",strokeWidth:1.5})}),'
)

BUTTON = PagePatch(
    name="menu_button",
    flaw="The title bar has no button for the menu.",
    anchor=b'n.jsxs("div",{className:"title-bar__brand title-bar-drag",',
    replacement=_BUTTON + b'n.jsxs("div",{className:"title-bar__brand title-bar-drag",',
)

COMMANDS = PagePatch(
    name="commands",
    flaw="The keys for a new chat, the side bar and the command palette do nothing; a click on a notification, too.",
    anchor=b"function $X(){",
    replacement=b"window.cachibotDesktop.runCommands(wn,Pt,nn);window.cachibotDesktop.followNews(Pt,nn);function $X(){",
)

PATCHES = (BUTTON, COMMANDS)
