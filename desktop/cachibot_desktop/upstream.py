"""Facts about the installed cachibot, without importing it."""

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
    """Return the folder of the UI that cachibot's wheel carries, without importing cachibot.

    Raises:
        FileNotFoundError: cachibot is not installed.
    """
    spec = importlib.util.find_spec("cachibot")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package cachibot is not installed")
    return Path(spec.submodule_search_locations[0]) / "frontend_dist"


def as_numbers(text: str | None) -> tuple[int, ...]:
    """Return the numbers of a version such as 0.3.0.dev1, for comparing; what follows them is ignored.

    An unknown version is older than any.
    """
    numbers: list[int] = []
    for part in (text or "").strip().split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
