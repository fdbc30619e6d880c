"""The app keeps its hands off other installations.

At each start cachibot deletes `~achibot*` folders from site-packages, the user's own
included, which belong to the user's pip and not to this app. Its updater would run
`pip install` in whatever Python it finds; the two routes that offer it already refuse
when CACHIBOT_DESKTOP is set, and here nothing behind them works either.
"""

from __future__ import annotations

from ..launch_options import Launch
from .patch import Patch

MESSAGE = "The CachiBot app updates itself, see Settings > Updates."


def apply(_launch: Launch) -> None:
    """Find nothing to clean, and install nothing."""
    from cachibot.services import update_service

    update_service.detect_corruption = update_service.CorruptionReport
    update_service.cleanup_corrupted_packages = _clean_nothing
    update_service._pip_install = _install_nothing


def _clean_nothing() -> list[str]:
    return []


async def _install_nothing(install_spec: str, *, force: bool = False) -> tuple[int, str]:
    del install_spec, force
    return 1, MESSAGE


PATCH = Patch(
    name="package cleanup",
    flaw="folders are deleted from, and packages installed into, Pythons that are not the app's",
    versions="0.2.60-0.3.0",
    apply=apply,
)
