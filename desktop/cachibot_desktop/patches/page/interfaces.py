"""Tells the truth about what other programs and devices can reach.

Flaws: the Developer page and the connections show the page's address, which is not the server's if another program has
its port, and does not say that `/v1` is closed until a setting opens it. The sidebar of the Developer page changes
nothing. *Pair Mobile Device* shows a QR code for an address that no phone can reach, because the server listens on this
computer only. cachibot 0.3.0.

Fix: the server names its port and what is open (interfaces.js), and a sentence replaces the QR code.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "Addresses for other programs and devices are shown that they cannot reach."
    return PagePatch(name, flaw, anchor, replacement)


_ORIGIN = b"window.cachibotDesktop.serverOrigin()"

PATCHES = (
    _patch(
        "developer_origin",
        b"s=t(),a=window.location.origin,i=`${a}/v1`",
        b"s=t(),cbNote=window.cachibotDesktop.useInterfaceNote(_),a=" + _ORIGIN + b",i=`${a}/v1`",
    ),
    _patch(
        "developer_note",
        b'return n.jsxs("div",{className:"space-y-6",children:[n.jsxs("div",{children:[n.jsx("label",'
        b'{className:"settings-label",children:"Base URL"})',
        b'return n.jsxs("div",{className:"space-y-6",children:[n.jsx("p",{className:"text-sm '
        b'text-[var(--color-text-secondary)]",children:cbNote}),n.jsxs("div",{children:[n.jsx("label",'
        b'{className:"settings-label",children:"Base URL"})',
    ),
    _patch(
        "developer_sidebar",
        b'{setSettingsSection:t}=wn(),[s,a]=_.useState("api-keys");',
        b"{setSettingsSection:t}=wn(),[s,a]=window.cachibotDesktop.useDeveloperPart(_);",
    ),
    _patch(
        "developer_part",
        b'function nW({botId:e}){const[t,s]=_.useState("api-keys");',
        b"function nW({botId:e}){const[t,s]=window.cachibotDesktop.useDeveloperPart(_);",
    ),
    _patch(
        "webhook_shown",
        b'[window.location.origin,"/api/webhooks/custom/",Ne.id]',
        b"[" + _ORIGIN + b',"/api/webhooks/custom/",Ne.id]',
    ),
    _patch(
        "webhook_copied",
        b"V(`${window.location.origin}/api/webhooks/custom/${Ne.id}`)",
        b"V(`${" + _ORIGIN + b"}/api/webhooks/custom/${Ne.id}`)",
    ),
    _patch(
        "webhook_mark",
        b"children:B===`${window.location.origin}/api/webhooks/custom/${Ne.id}`",
        b"children:B===`${" + _ORIGIN + b"}/api/webhooks/custom/${Ne.id}`",
    ),
    _patch(
        "webhook_example",
        b'["POST ",window.location.origin,',
        b'["POST ",' + _ORIGIN + b",",
    ),
    _patch(
        "mobile_text",
        b'children:"Pair your mobile device to access CachiBot on the go. Open the CachiBot mobile app and scan the '
        b'QR code."',
        b"children:window.cachibotDesktop.words.noMobile",
    ),
    _patch(
        "mobile_button",
        b'n.jsxs("button",{onClick:x,disabled:c,className:"settings-btn-primary flex items-center gap-2",'
        b'children:[c?n.jsx(Ze,{className:"h-4 w-4 animate-spin"}):n.jsx(vO,{className:"h-4 w-4"}),'
        b'"Pair Mobile Device"]})',
        b"null",
    ),
)
