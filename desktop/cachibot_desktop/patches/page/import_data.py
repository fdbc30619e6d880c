"""Reads the file that *Export* writes.

Flaw: *Import*, beside *Export* in the settings, does nothing. cachibot 0.3.0.

Fix: it adds the bots, chats and tasks of the file that the page does not have (import_data.js), and says so. Items
that exist stay as they are. Bots are stored in the database, too; CachiBot's API takes no messages, so the models do
not know those of the file.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCHES = (
    PagePatch(
        name="import_data",
        flaw="Import, in the settings, does nothing.",
        anchor=(
            b'n.jsxs("button",{className:"settings-btn-secondary flex items-center gap-2",'
            b'children:[n.jsx(dl,{className:"h-4 w-4"}),"Import"]})'
        ),
        replacement=(
            b'n.jsxs("button",{className:"settings-btn-secondary flex items-center gap-2",'
            b"onClick:()=>window.cachibotDesktop.importData([Pt,nn,hl]),"
            b'children:[n.jsx(dl,{className:"h-4 w-4"}),"Import"]})'
        ),
    ),
    PagePatch(
        name="import_hint",
        flaw="The settings say that Import restores a backup.",
        anchor=b'children:"Restore from a previous backup"',
        replacement=b"children:window.cachibotDesktop.words.importHint",
    ),
)
