"""Reads the output of the agent's tools as text, whatever its encoding.

Tools read output as text without an encoding. The server runs in UTF-8 mode, so one other byte would be an error, and
the output would be lost: many programs for Windows write in the console's code page, and some output is not text.

Programs that write in the ANSI code page of Windows are misread where the console's is another. Python would be one;
`child_environment` makes it write UTF-8.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Buffer, Callable, Mapping
from typing import Any

ENCODING = "cachibot_child_output"
"""Name of the encoding: UTF-8, which also reads bytes that are not UTF-8."""

Decode = Callable[[bytes, str, bool], tuple[str, int]]
"""Decodes bytes, with the name of an error handler; without the last flag, an incomplete character can be left."""

_WORDS = re.compile(rb"[\x00-\x2f]+|[^\x00-\x2f]+")
"""Splits output at spaces, line ends and punctuation, which are never part of a longer character in any code page."""


def register() -> None:
    """Register the encoding. Only then can programs be started with the options of `text_options`."""
    codecs.register(lambda name: _CODEC if name == ENCODING else None)


def text_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Return options for `subprocess.Popen` that accept other bytes, if `options` want text and do not say how."""
    is_text = options.get("text") or options.get("universal_newlines")
    chosen = options.get("encoding") or options.get("errors")
    return {"encoding": ENCODING} if is_text and not chosen else {}


def decode_words(data: bytes, *, is_last: bool, code_page: Decode) -> tuple[str, int]:
    """Read UTF-8, and in each word the rest after the first other byte in the code page.

    Returns:
        The text and the number of bytes read. Without `is_last`, an incomplete character at the end is left.
    """
    texts: list[str] = []
    length = 0
    for word in _WORDS.findall(data):
        is_complete = is_last or length + len(word) < len(data)
        text, read = _decode_word(word, is_complete, code_page)
        texts.append(text)
        length += read
    return "".join(texts), length


def _decode_word(word: bytes, is_complete: bool, code_page: Decode) -> tuple[str, int]:
    try:
        return codecs.utf_8_decode(word, "strict", is_complete)
    except UnicodeDecodeError as problem:
        # A character of a code page can be several bytes, and only the first need be invalid in UTF-8.
        text, length = code_page(word[problem.start :], "replace", is_complete)
        return word[: problem.start].decode() + text, problem.start + length


def _decode(data: Buffer, errors: str = "strict", is_last: bool = True) -> tuple[str, int]:
    if sys.platform != "win32":
        return codecs.utf_8_decode(data, "replace", is_last)
    try:
        return codecs.utf_8_decode(data, errors, is_last)
    except UnicodeDecodeError:
        return decode_words(bytes(data), is_last=is_last, code_page=codecs.oem_decode)


class _Decoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: bytes, errors: str, final: bool) -> tuple[str, int]:  # type: ignore[override,unused-ignore]
        return _decode(data, errors, final)


_CODEC = codecs.CodecInfo(
    name=ENCODING,
    encode=codecs.utf_8_encode,
    decode=_decode,
    incrementalencoder=codecs.getincrementalencoder("utf-8"),
    incrementaldecoder=_Decoder,
)
