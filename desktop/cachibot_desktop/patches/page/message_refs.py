"""HTML in a message must not become React's own properties.

Flaw: a message is markdown with raw HTML in it, and each attribute becomes a property of a
React element. `ref` is React's own and no text there: `<input ref="name">` throws error 284,
React removes the whole page, and does so again each time that chat is opened. cachibot 0.3.0.

Cure: the function that makes properties of attributes (hast-util-to-jsx-runtime), which skips
`children` already, skips `ref` too.
"""

from __future__ import annotations

from .page_patch import PagePatch

PATCH = PagePatch(
    name="message_refs",
    flaw='A message with <input ref="x"> in it empties the window for good.',
    versions="0.3.0",
    files="/assets/index-*.js",
    anchor=b'for(i in t.properties)if(i!=="children"&&',
    replacement=b'for(i in t.properties)if(i!=="children"&&i!=="ref"&&',
)
