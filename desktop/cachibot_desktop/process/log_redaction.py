"""Redacts secrets in everything that the server logs.

The shell redacts with the same patterns (`desktop/log/core/redact.ts`). `test/fixtures/redaction-cases.json` tests
both.
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
"""The patterns that the shell uses, too. The frozen server has a copy at the same relative path."""

_LIST = json.loads(PATTERNS_FILE.read_text(encoding="utf-8"))

MASK: str = _LIST["mask"]


def _compiled(pattern: Mapping[str, Any]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    start = pattern["keep"].replace("<name>", _LIST["parts"]["name"]).replace("<is>", _LIST["parts"]["is"])
    flags = re.ASCII if pattern.get("caseSensitive") else re.ASCII | re.IGNORECASE
    return re.compile(f"({start})({pattern['hide']})", flags), re.compile(pattern.get("onlyIf", ""), flags)


_PATTERNS = [_compiled(pattern) for pattern in _LIST["patterns"]]


def redact(text: str) -> str:
    """Return `text` with `MASK` in place of everything that looks like a token, a hash or a key."""
    for secret, only_if in _PATTERNS:

        def mask(found: re.Match[str], only_if: re.Pattern[str] = only_if) -> str:
            return found[1] + MASK if only_if.match(found[2]) else found[0]

        text = secret.sub(mask, text)
    return text


_STARTUP_LOGGERS = ("cachibot.startup", "cachibot.database")
"""Loggers of cachibot's startup. They do not log to stderr, because a failed start ends with one line of our own."""


class RedactingFormatter(logging.Formatter):
    """Redacts the formatted text, so that arguments and tracebacks are redacted, too.

    Paths may have bytes that are not UTF-8, which a log cannot contain; they are escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return redact(super().format(record)).encode("utf-8", "backslashreplace").decode("utf-8")


class OneLineFormatter(RedactingFormatter):
    """Formatter for stderr, whose last lines the user reads: shortens an exception to its last line."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - the standard library's name
        """Return the exception without its stack."""
        assert isinstance(ei, tuple)
        return "".join(traceback.format_exception_only(ei[1])).strip()


def log_to_stderr() -> None:
    """Log warnings and errors to stderr. cachibot's own log file gets the lower levels, too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: record.name not in _STARTUP_LOGGERS)
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.getLogger().addHandler(handler)
    # Below WARNING, uvicorn logs each handshake with its query, which contains the user's login token.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def record_crash(data: Path, problem: BaseException) -> None:
    """Append the traceback of an unexpected failure to cachibot's log, and print one line on stderr."""
    log = data / "logs" / "cachibot.log"
    details = f" Details are in {log}."
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as out:
            out.write(redact("".join(traceback.format_exception(problem))))
    except OSError as error:
        details = f" The details couldn't be written to {log}: {error.strerror}."
    line = "".join(traceback.format_exception_only(problem)).strip()
    print(redact(f"CachiBot's server failed: {line}.{details}"), file=sys.stderr, flush=True)
