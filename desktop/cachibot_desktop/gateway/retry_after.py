"""Reads when a provider that limits requests takes them again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

_RESETS = (
    "retry-after",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-reset",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-reset",
)
"""Headers of OpenAI, Groq, Anthropic and OpenRouter, the standard one first."""
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?i)(?:(?P<value>\d+(?:\.\d+)?)(?P<unit>ms|[smhd]))")
_IN_TEXT = re.compile(
    r"(?i)(?:try again in|retry in|retry after|retryDelay\W{1,8})\s*(?P<time>(?:\d+(?:\.\d+)?(?:ms|[smhd])?)+)"
)
_EPOCH = 10**9
"""A greater number of seconds is a date, a greater one still (`_EPOCH_MS`) a date in milliseconds."""
_EPOCH_MS = 10**12
LONGEST_S = 31 * 86400.0


def retry_time(errors: Iterable[BaseException], text: str) -> float | None:
    """Return the time in seconds since the epoch at which requests are taken again; None if nobody says so."""
    found = [_of_headers(error) for error in errors]
    in_text = _IN_TEXT.search(text)
    if in_text is not None:
        found.append(_moment(in_text["time"]))
    now = time.time()
    return next((moment for moment in found if moment is not None and now <= moment <= now + LONGEST_S), None)


def _of_headers(error: BaseException) -> float | None:
    response: Any = getattr(error, "response", None)
    headers = getattr(response, "headers", None)
    if not isinstance(headers, Mapping):
        return None
    values = [str(headers[name]) for name in _RESETS if name in headers]
    return next((moment for value in values if (moment := _moment(value)) is not None), None)


def _moment(value: str) -> float | None:
    """Read seconds, a duration such as 1m30.5s, a date of HTTP or of RFC 3339, or seconds since the epoch."""
    value = value.strip()
    now = time.time()
    try:
        number = float(value)
    except ValueError:
        durations = list(_DURATION.finditer(value))
        if durations and "".join(part[0] for part in durations) == value:
            return now + sum(float(part["value"]) * _UNITS[part["unit"].lower()] for part in durations)
        return _date(value)
    if number >= _EPOCH_MS:
        return number / 1000
    return number if number >= _EPOCH else now + number


def _date(value: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(value).timestamp()
        except (ValueError, TypeError):
            continue
    return None
