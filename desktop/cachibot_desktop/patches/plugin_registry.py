"""The start does not wait for plug-ins from the network.

cachibot asks its plug-in registry, and downloads what is new, before it opens the port:
3 to 5 s at every start, 34 to 36 s where the network swallows packets.

Here that happens in the background once the application runs, within a bound; what was
on the disk already is loaded at the start as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..launch_options import Launch
from .patch import Patch

DELAY_SECONDS = 3.0
"""The first seconds belong to the user's first screen."""

BOUND_SECONDS = 60.0

_log = logging.getLogger(__name__)


def apply(_launch: Launch) -> None:
    """Make the application's start pass over the registry and have it asked afterwards."""
    from cachibot.services import external_plugins

    external_plugins.install_official_plugins = _later(external_plugins.install_official_plugins)


def _later(install: Callable[..., Awaitable[set[str]]]) -> Callable[..., Awaitable[set[str]]]:
    kept: set[asyncio.Task[None]] = set()

    async def install_official_plugins(plugins_dir: Path | None = None) -> set[str]:
        # The loop holds tasks weakly; without a reference of ours this one could vanish.
        task = asyncio.get_running_loop().create_task(_install(install, plugins_dir))
        kept.add(task)
        task.add_done_callback(kept.discard)
        return set()

    return install_official_plugins


async def _install(install: Callable[..., Awaitable[set[str]]], plugins_dir: Path | None) -> None:
    from cachibot.services import external_plugins

    await asyncio.sleep(DELAY_SECONDS)
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            installed = await install(plugins_dir)
    except Exception as problem:
        # An app without a network is a normal app; the next start asks again.
        _log.info("Official plug-ins were not updated: %r", problem)
        return
    if installed:
        external_plugins.reload_external_plugins(plugins_dir)
        _log.info("Installed official plug-ins: %s", ", ".join(sorted(installed)))


PATCH = Patch(
    name="plug-in registry",
    flaw="the port opens 3 to 36 s late",
    versions="0.2.60-0.3.0",
    apply=apply,
)
