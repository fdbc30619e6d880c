"""A message that cannot be shown as markdown is shown as text.

Flaw: React removes the whole page when one element throws, and nothing in the page catches that.
HTML in a message has many ways to throw: `<menuitem>x</menuitem>` (error 137), or a name of a
tag that no element can have. cachibot 0.3.0.

Cure: a React error boundary round each markdown text, which shows the text as it was written.
It tries again when the text changes, because a part of an answer may fail and the whole of it not.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="message_boundary",
    flaw="A message that React cannot show empties the window for good.",
    versions="0.3.0",
    files="/assets/index-*.js",
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
