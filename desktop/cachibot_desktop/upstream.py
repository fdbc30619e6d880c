"""Finds the version and the web UI of the installed cachibot without importing it."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def cachibot_version() -> str:
    """Return cachibot's version.

    Raises:
        FileNotFoundError: cachibot is not installed.
    """
    try:
        return version("cachibot")
    except PackageNotFoundError:
        return (find_ui().parent / "VERSION").read_text().strip()


def find_ui() -> Path:
    """Return the folder of the built web UI in the installed cachibot package.

    Raises:
        FileNotFoundError: cachibot is not installed.
    """
    spec = importlib.util.find_spec("cachibot")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package cachibot is not installed")
    return Path(spec.submodule_search_locations[0]) / "frontend_dist"


def parse_version(text: str | None) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparison: (0, 3, 0) for 0.3.0.dev1.

    Returns an empty tuple, which is less than any version, when there are none.
    """
    numbers: list[int] = []
    for part in (text or "").strip().split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
