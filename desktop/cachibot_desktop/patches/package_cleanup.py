"""Keeps cachibot from changing other Python installations.

At each start cachibot deletes `~achibot*` folders from site-packages, including the user
site-packages, which belong to the user's pip and not to this app. Its updater runs
`pip install` in any Python that it finds. The two routes for it already refuse if
CACHIBOT_DESKTOP is set; here the functions behind them do nothing, either.
"""

from __future__ import annotations

from ..launch_options import LaunchOptions
from .patch import Patch

MESSAGE = "The CachiBot app updates itself: see Settings > Updates."


def apply(_launch: LaunchOptions) -> None:
    """Make the cleanup find and delete nothing, and the updater install nothing."""
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
    flaw="cachibot deletes folders from, and installs packages into, Python installations of the user",
    versions="0.2.60-0.3.0",
    apply=apply,
)
