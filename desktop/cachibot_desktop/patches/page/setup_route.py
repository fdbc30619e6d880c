"""A new user sees the app's own first page.

Flaw: CachiBot asks a new user of this computer for an "admin account" with an e-mail address and two passwords, then
shows a wizard about a database and a mail server. cachibot 0.3.0.

Cure: the route leads to the first page, which the gateway serves at the same path (first_use/). Usually the gateway
has sent the window there before; it cannot count the accounts in a database server.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="setup_route",
    flaw="A new user is asked for an administrator's e-mail address and two passwords.",
    anchor=b'path:"/setup",element:n.jsx(GX,{})',
    replacement=b'path:"/setup",element:n.jsx(window.cachibotDesktop?.Setup??GX,{})',
)
