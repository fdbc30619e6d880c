"""Which cachibot this is, without importing it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ..gateway.static_files import find_ui


def cachibot_version() -> str:
    """Return cachibot's version.

    Raises:
        FileNotFoundError: cachibot is not installed.
    """
    try:
        return version("cachibot")
    except PackageNotFoundError:
        return (find_ui().parent / "VERSION").read_text().strip()


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
