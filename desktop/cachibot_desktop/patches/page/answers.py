"""An answer continues, and arrives in the chat that asked, wherever the user is.

Flaws: the page has a WebSocket only while a chat is shown, and the server cancels the answer when it closes: opening
the settings, or a reload, loses the answer. Each frame is shown in the chat that is shown now, whichever asked. After
a lost WebSocket, "Generating response…" stays, and the message box is locked. cachibot 0.3.0.

Fix: the WebSocket stays open on all pages. The server (gateway/answers.py) continues without it, names the chat in each
frame, and repeats an answer for a page that has connected again. Stop waits for the connection. The functions are in
answers.js. The dialog that asks for approval is on all pages, too, and its buttons, which did nothing, send the user's
decision. A second request no longer replaces the first, which then nobody could answer: approvals.js shows one after
the other. Long lines of code wrap, so that the user sees all of what runs.
"""

from __future__ import annotations

from .page_patch import PagePatch


def _patch(name: str, anchor: bytes, replacement: bytes) -> PagePatch:
    flaw = "An answer is lost when the user opens another page, and appears in another chat; the chat stays locked."
    return PagePatch(name, flaw, anchor, replacement)


PATCHES = (
    _patch("answers", b"function kq(e){", b"window.cachibotDesktop.openAnswers(nn,Yr,Ki);function kq(e){"),
    _patch(
        "answers_everywhere",
        b"function UX({onApprove:e}){const[t,s]=_.useState(Tq());",
        b"function UX(){const{approve:e}=Cq(),[t,s]=_.useState(Tq());",
    ),
    _patch(
        "answers_approvals",
        b"function Hj(e){M3=e,Hp.forEach(t=>t(e))}",
        b"function Hj(e){window.cachibotDesktop.setApproval(e,s=>{M3=s,Hp.forEach(t=>t(s))})}",
    ),
    _patch(
        "answers_approval_text",
        b'p-4",children:n.jsxs("div",{className:"w-full max-w-lg rounded',
        b'p-4",children:n.jsxs("div",{style:{overflowWrap:"anywhere"},className:"w-full max-w-lg rounded',
    ),
    _patch(
        "answers_approval_code",
        b'{className:"max-h-48 overflow-auto rounded-lg bg-[var(--color-bg-primary)] p-4',
        b'{style:{whiteSpace:"pre-wrap"},className:"max-h-48 overflow-auto rounded-lg bg-[var(--color-bg-primary)] p-4',
    ),
    _patch(
        "answers_connected",
        b"function Cq(){const[e,t]=_.useState(!1),",
        b"function Cq(){const[e,t]=_.useState(Ki.isConnected),",
    ),
    _patch(
        "answers_chat",
        b"C=_.useRef(null);_.useEffect(()=>{const U=nn.subscribe",
        b"C={get current(){return nn.getState().activeChatId},set current(U){}};_.useEffect(()=>{const U=nn.subscribe",
    ),
    _patch("answers_frames", b"const U=Ki.onMessage(N),", b"const U=window.cachibotDesktop.handleFrames(N),"),
    _patch(
        "answers_kept_socket",
        b"clearTimeout(q),U(),P(),k(),L(),Ki.disconnect()",
        b"clearTimeout(q),U(),P(),k(),L(),qt.getState().accessToken||Ki.disconnect()",
    ),
    _patch("answers_asked", b"Ki.sendChat(U,P)", b"Ki.sendChat(U,window.cachibotDesktop.ask(U,P))"),
    _patch(
        "answers_message",
        b'this.send("chat",{message:s,systemPrompt:',
        b'this.send("chat",{message:s,messageId:a==null?void 0:a.messageId,systemPrompt:',
    ),
    _patch(
        "answers_stop",
        b'sendCancel(){this.send("cancel")}',
        b"sendCancel(){window.cachibotDesktop.stopAnswer(nn.getState().activeChatId)}",
    ),
)
