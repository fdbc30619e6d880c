"""The time zone of this machine, by its name in the time zone database. It may change while the server runs."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

FALLBACK = "UTC"

_LINK = Path("/etc/localtime")
_DATABASE = "zoneinfo/"

_reported: str | None = None


def report(name: str) -> None:
    """Remember the zone that the shell reports.

    It counts where the system does not name it: on Windows, and where `/etc/localtime` is a copy. Elsewhere the shell's
    name may be an older one (`Asia/Calcutta`), which the system's database may no longer have.
    """
    global _reported  # noqa: PLW0603 - there is one machine
    _reported = name
    if hasattr(time, "tzset"):
        time.tzset()  # for code that asks the C library, which reads the zone once


def current() -> str:
    """Return the name of the zone; UTC if the system has none that Python knows."""
    for name in (os.environ.get("TZ", "").removeprefix(":"), _of_the_link(), _reported):
        if name and is_known(name):
            return name
    return FALLBACK


@lru_cache
def is_known(name: str) -> bool:
    """Return whether the database has the zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _of_the_link() -> str | None:
    try:
        target = str(_LINK.readlink())
    except OSError:
        return None  # a copy, or Windows
    _before, found, name = target.partition(_DATABASE)
    return name if found else None
