"""Shows why a document could not be processed, and why models could not be listed.

Flaw: a document that fails is a red cross without a word, and a list of models that could not be loaded looks like one
without models. cachibot 0.3.0.

Fix: the server sends the reasons (patches/background_errors.py). The first two patches keep the reason of a document
and show it below its name; the others keep the reasons of the list and show them where models are chosen.
"""

from __future__ import annotations

from .page_patch import PagePatch

NO_LIST = "The list of models could not be loaded: "
"""Shown if the request itself failed, with its error behind."""

_REASON = b'role:"alert",className:"mt-1 text-xs text-red-500 whitespace-pre-line break-words",children:'
_NO_MODELS = b'"No models available. Configure API keys first."'
_KEPT = b"window.cachibotModelProblems"


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "A document or a list of models that fails does not say why."
    return PagePatch(name, flaw, anchor, replacement)


def _empty_list(name: str, groups: bytes) -> PagePatch:
    anchor = b"Object.keys(" + groups + b").length===0?" + _NO_MODELS
    reasons = b"(Object.values(" + _KEPT + b'||{}).join("\\n\\n")||' + _NO_MODELS + b")"
    return _patch(name, anchor, b"Object.keys(" + groups + b").length===0?" + reasons)


PATCHES = (
    _patch(
        "document_error_frame",
        b"D.id===k.documentId?{...D,status:k.status,",
        b"D.id===k.documentId?{...D,status:k.status,error:k.error,",
    ),
    _patch(
        "document_error_shown",
        b'C.chunk_count>0&&` - ${C.chunk_count} chunks`," - ",mY(C.uploaded_at)]})]})',
        b'C.chunk_count>0&&` - ${C.chunk_count} chunks`," - ",mY(C.uploaded_at)]}),C.error&&n.jsx("p",{'
        + _REASON
        + b"C.error})]})",
    ),
    _patch(
        "models_error_kept",
        b'async function x8(){return(await id("/models")).groups||{}}',
        b'async function x8(){try{const e=await id("/models");return ' + _KEPT + b"=e.problems,e.groups||{}}"
        b"catch(e){throw " + _KEPT + b'={"":"' + NO_LIST.encode() + b'"+e.message},e}}',
    ),
    _patch(
        "models_error_shown",
        b'!l&&n.jsx("div",{className:"space-y-1.5",children:Object.entries(N).sort(',
        b"!l&&Object.entries(" + _KEPT + b'||{}).map(([k,e])=>n.jsx("p",{' + _REASON + b"e},k)),"
        b'!l&&n.jsx("div",{className:"space-y-1.5",children:Object.entries(N).sort(',
    ),
    _empty_list("models_error_in_a_menu", b"c"),
    _empty_list("models_error_in_another_menu", b"m"),
)
