"""Defines a patch of cachibot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..launch_options import LaunchOptions


@dataclass(frozen=True)
class Patch:
    """One flaw of cachibot and its fix."""

    name: str
    flaw: str
    """The flaw, as the user sees it."""
    versions: str
    """Releases of cachibot in which the flaw was observed, or found in the source."""
    apply: Callable[[LaunchOptions], None]
    """Fixes the flaw in this process. Call it once."""
