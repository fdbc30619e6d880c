"""The settings can set a password.

Flaw: CachiBot's server can change a password, but no page of it offers that; the account that the first page creates
has a random one. cachibot 0.3.0.

Cure: a section in the settings, Data & Privacy, which opens the app's own page (first_use/page/password.html).
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="own_password",
    flaw="No page can set or change the user's password.",
    anchor=b'n.jsx(Bn,{icon:fl,title:"Data Management"',
    replacement=(
        b"window.cachibotDesktop?.PasswordSection&&n.jsx(window.cachibotDesktop.PasswordSection,"
        b'{jsx:n.jsx,jsxs:n.jsxs,Section:Bn,icon:Qs}),n.jsx(Bn,{icon:fl,title:"Data Management"'
    ),
)
