"""Keeps a `ref` attribute in a message from becoming React's special property.

Flaw: a message is Markdown with raw HTML in it, and each attribute becomes a property of a React
element. React's property `ref` must not be text: `<input ref="name">` throws error 284, and React
unmounts the whole page, each time that chat is opened. cachibot 0.3.0.

Fix: the function that converts attributes to properties (hast-util-to-jsx-runtime) skips `ref`,
as it already skips `children`.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="message_refs",
    flaw='A message with <input ref="x"> leaves the window empty, each time that chat is opened.',
    versions="0.3.0",
    files="/assets/index-*.js",
    anchor=b'for(i in t.properties)if(i!=="children"&&',
    replacement=b'for(i in t.properties)if(i!=="children"&&i!=="ref"&&',
)
