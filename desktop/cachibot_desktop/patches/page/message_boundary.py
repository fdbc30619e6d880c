"""Shows a message as plain text if it cannot be rendered as Markdown.

Flaw: React unmounts the whole page if an element throws, because the page has no error boundary.
HTML in a message can throw in many ways: `<menuitem>x</menuitem>` (error 137), or a tag with an
invalid name. cachibot 0.3.0.

Fix: a React error boundary around each Markdown text, which shows the text unrendered. It tries
again when the text changes, because a partial answer may fail where the complete answer does not.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="message_boundary",
    flaw="A message that React cannot render leaves the window empty, each time that chat is opened.",
    anchor=b'function Sc({content:e,className:t}){return n.jsx("div",',
    replacement=(
        b"class ScBoundary extends _.Component{"
        b"constructor(e){super(e),this.state={failed:!1}}"
        b"static getDerivedStateFromError(){return{failed:!0}}"
        b"componentDidUpdate(e){this.state.failed&&e.content!==this.props.content&&this.setState({failed:!1})}"
        b'render(){return this.state.failed?n.jsx("div",{className:this.props.className,'
        b'style:{whiteSpace:"pre-wrap"},children:this.props.content}):n.jsx(ScMarkdown,this.props)}}'
        b"function Sc(e){return n.jsx(ScBoundary,e)}"
        b'function ScMarkdown({content:e,className:t}){return n.jsx("div",'
    ),
)
