"""Without a model, the message box says so and offers the choice.

Flaw: without a model nothing in the page says that there is none; a message gets an error. cachibot 0.3.0.

Cure: a line above the message box, of an empty chat and of one with messages, with a link to the choice of a model
(log_in.js, `NoModel`).
"""

from __future__ import annotations

from .page_patch import PagePatch

_LINE = (
    b"window.cachibotDesktop?.NoModel&&n.jsx(window.cachibotDesktop.NoModel,"
    b"{jsx:n.jsx,jsxs:n.jsxs,useModels:es,model:ge||(Ie==null?void 0:Ie.model)}),"
)

EMPTY_CHAT = PagePatch(
    name="missing_model",
    flaw="Nothing says that there is no model to answer.",
    anchor=b'n.jsxs("div",{className:"chat-island",children:[n.jsxs("form",{onSubmit:Dt,',
    replacement=b'n.jsxs("div",{className:"chat-island",children:[' + _LINE + b'n.jsxs("form",{onSubmit:Dt,',
)

CHAT = PagePatch(
    name="missing_model_in_chat",
    flaw=EMPTY_CHAT.flaw,
    anchor=b'className:"chat-island__form",children:[b&&n.jsxs("div",{className:"chat-reply-bar",',
    replacement=b'className:"chat-island__form",children:[' + _LINE + b'b&&n.jsxs("div",{className:"chat-reply-bar",',
)

PATCHES = (EMPTY_CHAT, CHAT)
