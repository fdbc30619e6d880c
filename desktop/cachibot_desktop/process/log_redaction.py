"""Redacts secrets in everything that the server writes down.

The shell redacts with the same patterns (`desktop/log/core/redact.ts`); `test/fixtures/redaction-cases.json` is tested
in both.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATTERNS_FILE = Path(__file__).parents[2] / "log" / "core" / "redaction-patterns.json"
"""In a clone it belongs to the shell; the frozen server has a copy in the same place."""

_LIST = json.loads(PATTERNS_FILE.read_text(encoding="utf-8"))

MASK: str = _LIST["mask"]


def _compiled(pattern: Mapping[str, Any]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    start = pattern["keep"].replace("<name>", _LIST["parts"]["name"]).replace("<is>", _LIST["parts"]["is"])
    flags = re.ASCII if pattern.get("caseSensitive") else re.ASCII | re.IGNORECASE
    return re.compile(f"({start})({pattern['hide']})", flags), re.compile(pattern.get("onlyIf", ""), flags)


_PATTERNS = [_compiled(pattern) for pattern in _LIST["patterns"]]


def masked(text: str) -> str:
    """Return `text` with the mask in place of everything that looks like a token, a hash or a key."""
    for secret, only_if in _PATTERNS:

        def mask(found: re.Match[str], only_if: re.Pattern[str] = only_if) -> str:
            return found[1] + MASK if only_if.match(found[2]) else found[0]

        text = secret.sub(mask, text)
    return text


_TOLD_BY_US = ("cachibot.startup", "cachibot.database")
"""Loggers of cachibot's start: a failed start ends with one line of ours instead."""


class MaskingFormatter(logging.Formatter):
    """Masks the finished text, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return masked(super().format(record))


class OneLineFormatter(MaskingFormatter):
    """For stderr, whose last lines a user reads: an exception is its last line, not its stack."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - the standard library's name
        """Return the exception without its stack."""
        assert isinstance(ei, tuple)
        return "".join(traceback.format_exception_only(ei[1])).strip()


def to_stderr() -> None:
    """Send warnings and worse to stderr. What is less goes to cachibot's own log file."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: record.name not in _TOLD_BY_US)
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.getLogger().addHandler(handler)
    # Below WARNING uvicorn logs each handshake with its query, which is the user's login.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def record_crash(data: Path, problem: BaseException) -> None:
    """Put the whole story of an unforeseen end into the log, and its one line on stderr."""
    log = data / "logs" / "cachibot.log"
    where = f" Details are in {log}."
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as out:
            out.write(masked("".join(traceback.format_exception(problem))))
    except OSError as trouble:
        where = f" The details could not be written to {log}: {trouble.strerror}."
    line = "".join(traceback.format_exception_only(problem)).strip()
    print(masked(f"CachiBot's server failed: {line}.{where}"), file=sys.stderr, flush=True)
