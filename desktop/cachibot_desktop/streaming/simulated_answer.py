"""Finds the answer's text in what a model without tool calls of its own sends.

prompture asks such a model for one JSON object, `{"type": "final_answer", "content": "..."}` or a tool call, and takes
anything else for the answer itself. Here the content is read as it arrives, and whatever could still become a tool call
is held back.
"""

from __future__ import annotations

import json
import re

_THOUGHTS = re.compile(r"\s*(?:<think>.*?</think>)?", re.DOTALL)
_FINAL_ANSWER = re.compile(r'\s*(?:```(?:json)?\s*)?\{\s*"type"\s*:\s*"final_answer"\s*,\s*"content"\s*:\s*"')
_MAY_BE_JSON = re.compile(
    r"`{1,3}\w*\s*\Z|<(?:t(?:h(?:i(?:nk?)?)?)?)?\Z|<think>"
    r'|(?:```(?:json)?\s*)?\{\s*(?:\Z|"(?:\w*\Z|(?:type|name|arguments|content)"))'
)
"""Openings of an object, of a code block with one in it, and of a model's thoughts, which an object may follow."""
_CHARACTERS = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HIGH_SURROGATE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")


class SimulatedAnswer:
    """One response; `add` returns the text that is certain to be part of the answer."""

    def __init__(self) -> None:
        self._text = ""
        self._position: int | None = None
        """Where the text that was not returned yet begins, once the kind of response is known."""
        self._is_json = False

    def add(self, piece: str) -> str:
        """Take the next piece; return text to show."""
        self._text += piece
        if self._position is None and not self._begins():
            return ""
        return self._content() if self._is_json else self._plain()

    def _begins(self) -> bool:
        thoughts = _THOUGHTS.match(self._text)
        assert thoughts is not None, "it also matches nothing"
        final = _FINAL_ANSWER.match(self._text, thoughts.end())
        start = self._text[thoughts.end() :].lstrip()
        if final is not None:
            self._is_json = True
            self._position = final.end()
        elif start and not _MAY_BE_JSON.match(start):
            self._position = len(self._text) - len(self._text.lstrip())
        return self._position is not None

    def _content(self) -> str:
        assert self._position is not None
        raw = _CHARACTERS.match(self._text, self._position)
        assert raw is not None, "it also matches nothing"
        # Half of a pair of surrogates is not a character.
        characters = _HIGH_SURROGATE.sub("", raw[0])
        self._position += len(characters)
        return str(json.loads(f'"{characters}"'))

    def _plain(self) -> str:
        assert self._position is not None
        unsure = _MAY_BE_JSON.search(self._text, self._position)
        text = self._text[self._position : unsure.start() if unsure else None].rstrip()
        self._position += len(text)
        return text
