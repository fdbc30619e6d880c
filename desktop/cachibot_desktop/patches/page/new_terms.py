"""Shows new terms in the session in which the server learns of them.

Flaw: the page asks once for the version of the terms, when it has loaded. The app's server asks cachibot.ai 10 s after
the start (patches/terms_check.py), when the page has its answer: new terms are not shown before a reload.

Fix: the page asks again after 30 s, when the server has its answer or has given up.
"""

from __future__ import annotations

from .page_patch import PagePatch

_REFRESH = b"(await Promise.allSettled([_m.getState().refresh(),m(),"

PATCH = PagePatch(
    name="new_terms",
    flaw="New terms are not shown before the page is loaded again.",
    anchor=_REFRESH,
    replacement=b"setTimeout(()=>_m.getState().refresh(),3e4)," + _REFRESH,
)
