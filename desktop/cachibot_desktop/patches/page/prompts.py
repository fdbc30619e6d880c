"""Adds tasks and scripts, which need a name first.

Flaws: *Add task* calls `prompt()`, which Electron does not have, and nothing happens. *New Script* opens an address
that the page does not know, and lands on the start page; no other place of the page creates a script. cachibot 0.3.0.

Fix: both ask for the name in a dialog of the page's look (ask_for_text.js). A new script is stored as a draft, and
opened in the page's own editor.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCHES = (
    PagePatch(
        name="task_prompt",
        flaw="Add task does nothing.",
        anchor=b'onClick:()=>{const c=prompt("Task title:");c&&a(c,l.id)}',
        replacement=(
            b"onClick:async()=>{const c=await window.cachibotDesktop.askForText("
            b"window.cachibotDesktop.words.taskTitle);c&&a(c,l.id)}"
        ),
    ),
    PagePatch(
        name="new_script",
        flaw="New Script lands on the start page.",
        anchor=b"onClick:()=>e(`/${s}/automations/new`)",
        replacement=b"onClick:()=>window.cachibotDesktop.newScript(s,Ar,e)",
    ),
)
