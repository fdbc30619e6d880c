"""Defines a patch of cachibot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..launch_options import Launch


@dataclass(frozen=True)
class Patch:
    """One flaw of cachibot and its cure."""

    name: str
    flaw: str
    """The flaw, as the user sees it."""
    versions: str
    """Releases of cachibot in which the flaw was seen or read."""
    apply: Callable[[Launch], None]
    """Cures the flaw in this process, for good. Safe to call once."""
