"""Lets the user choose the folder in which the agent works.

Flaw: *Browse*, beside the folder in the settings, does nothing. cachibot 0.3.0.

Fix: it opens the shell's dialog (work_folder.js). patches/work_folder.py uses the folder.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="work_folder",
    flaw="Browse, beside the workspace in the settings, does nothing.",
    anchor=b'n.jsx("button",{className:"settings-btn-secondary",children:"Browse"})',
    replacement=(
        b'n.jsx("button",{className:"settings-btn-secondary",'
        b'onClick:()=>window.cachibotDesktop.chooseWorkFolder(Vm),children:"Browse"})'
    ),
)
