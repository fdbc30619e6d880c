"""Without a model, the text box says so.

Flaw: the page takes messages without a word when no model is set up, and none can be answered. cachibot 0.3.0.

Cure: above the text box of a chat stands no_model.js's notice, until a model is chosen there or in the settings.
"""

from __future__ import annotations

from .page_patch import PagePatch

FLAW = "Nothing says that no model is set up before a message fails."
_NOTICE = b"n.jsx(CbNoModel,{chosen:ge||ju(Ie)}),"


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    return PagePatch(name, FLAW, "0.3.0", "/assets/index-*.js", anchor, replacement)


_FIRST = b'n.jsxs("form",{onSubmit:Dt,className:"chat-island__form",children:['
_BELOW = b"onSelect:yn}),"
_BOX = b'n.jsxs("div",{className:"chat-input-container'

PATCHES = (
    _patch(
        "no_model",
        b"function oE({onSendMessage:e",
        b'function CbNoModel({chosen:e}){const t=es();return n.jsx("cachibot-no-model",{state:'
        b'e||t.defaultModel?"chosen":t.loading||t.error?"unknown":"missing"})}function oE({onSendMessage:e',
    ),
    _patch("no_model_in_a_new_chat", _FIRST + _BOX, _FIRST + _NOTICE + _BOX),
    _patch("no_model_in_a_chat", _BELOW + _BOX, _BELOW + _NOTICE + _BOX),
)
