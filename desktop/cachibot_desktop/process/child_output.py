"""Reads the output of the agent's tools as text, whatever its encoding.

Tools read output as text without an encoding. The server runs in UTF-8 mode, so one other byte would be an error, and
the output would be lost: many programs for Windows write in the console's code page, and some output is not text.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping
from typing import Any

ERRORS = "cachibot-child-output"
"""Name of the handler for bytes that are not UTF-8."""


def register() -> None:
    """Register the handler. Only then can programs be started with the options of `text_options`."""
    codecs.register_error(ERRORS, _decode)


def text_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Return options for `subprocess.Popen` that accept other bytes, if `options` want text and do not say how."""
    is_text = options.get("text") or options.get("universal_newlines")
    chosen = options.get("encoding") or options.get("errors")
    return {"errors": ERRORS} if is_text and not chosen else {}


def _decode(problem: UnicodeError) -> tuple[str | bytes, int]:
    """Read bytes that are not UTF-8: on Windows the rest of their line in the console's code page."""
    if not isinstance(problem, UnicodeDecodeError) or sys.platform != "win32":
        return codecs.replace_errors(problem)
    # A character of that code page can be several bytes, and only the first need be invalid in UTF-8.
    end = problem.object.find(b"\n", problem.start)
    end = len(problem.object) if end == -1 else end
    return problem.object[problem.start : end].decode("oem", "replace"), end
