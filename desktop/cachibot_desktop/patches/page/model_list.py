"""The page can be used before it has the list of models.

Flaw: at a start the page waits for the models of every provider with a key. That takes as long as the slowest of them
needs, and up to 15 s without a network. cachibot 0.3.0.

Fix: it waits for the name of the default model only, which the server knows. The list follows. Without a default model
it still waits for the list: otherwise a chat would briefly show "No model set".
"""

from __future__ import annotations

from .page_patch import PagePatch

_FLAW = "The page cannot be used at a start before all providers have listed their models."

DEFAULTS_FIRST = PagePatch(
    name="default_models_first",
    flaw=_FLAW,
    anchor=b"try{const[s,a]=await Promise.all([x8(),b8()]);e({groups:s,",
    replacement=b"try{const[s,a]=await Promise.all([x8(),b8().then(a=>(e({defaultModel:a.default,"
    b"defaultEmbeddingModel:a.embedding,defaultUtilityModel:a.utility}),a))]);e({groups:s,",
)

WAIT_FOR_DEFAULT = PagePatch(
    name="list_of_models_later",
    flaw=_FLAW,
    anchor=b"m(),es.getState().refresh(),gd.getState().refresh()]",
    replacement=b"m(),new Promise(resolve=>{const stop=es.subscribe(({defaultModel,loading})=>{"
    b"(defaultModel||!loading)&&(stop(),resolve())});es.getState().refresh()}),gd.getState().refresh()]",
)

PATCHES = (DEFAULTS_FIRST, WAIT_FOR_DEFAULT)
