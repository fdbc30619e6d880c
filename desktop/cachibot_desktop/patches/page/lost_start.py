"""Text that is typed right after a start stays in the message box.

Flaw: the page fades its loading screen out for 400 ms, with the application behind it, then mounts the application
again in another place of the tree: the text and the cursor in the message box are lost. cachibot 0.3.0.

Cure: the application keeps its place, second of two children.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="lost_start",
    flaw="Text that is typed right after a start is lost.",
    anchor=b"t&&e]}):n.jsx(n.Fragment,{children:e})}const uJ=",
    replacement=b"t&&e]}):n.jsxs(n.Fragment,{children:[null,e]})}const uJ=",
)
