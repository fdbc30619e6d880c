"""What may be written down: everything but secrets."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path

MASK = "***"

_SECRETS = tuple(
    re.compile(pattern)
    for pattern in (
        r"eyJ[\w-]{8,1000}+\.[\w-]{8,8000}+\.[\w-]*+",  # JSON web tokens: logins
        r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{20,}",  # bcrypt hashes
        r"\b(?:sk|pk|rk)-[\w-]{16,}",  # OpenAI, Anthropic, OpenRouter
        r"\bgsk_\w{16,}",  # Groq
        r"\bxai-\w{16,}",  # xAI
        r"\bAIza[\w-]{30,}",  # Google
        r"\bcb-[\w-]{16,}",  # CachiBot's own API keys
        r"\bxox[abprs]-[\w-]{10,}",  # Slack
        r"\b\d{6,}:[\w-]{30,}",  # Telegram
        r"\b[0-9a-fA-F]{64}\b",  # SHA-256 of a password, our token, the login secret, the master key
    )
)
_NAMED = re.compile(
    r"""(?ix)
    ( (?: (?:api[_-]?key|secret|password|passwd|authorization|cookie) [\w-]{0,40}+ | token )
      ["']? \s*+ [=:] \s*+ ["']? (?:bearer\s+)? )
    ( [^\s"'&,;)\]}]{4,} )
    """
)
_USER_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,80}:)[^\s/@]+@")


def masked(text: str) -> str:
    """Return `text` with everything that looks like a token, a hash or a key replaced."""
    for secret in _SECRETS:
        text = secret.sub(MASK, text)
    text = _USER_IN_URL.sub(rf"\1{MASK}@", text)
    return _NAMED.sub(rf"\1{MASK}", text)


_TOLD_BY_US = ("cachibot.startup", "cachibot.database")
"""Loggers of cachibot's start: a failed start ends with one line of ours instead."""


class MaskingFormatter(logging.Formatter):
    """Masks the finished text, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return masked(super().format(record))


class OneLineFormatter(MaskingFormatter):
    """For stderr, whose last lines a person reads: an exception is its last line, not its stack."""

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
    # Below WARNING uvicorn logs each handshake with its query, which is the person's login.
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
