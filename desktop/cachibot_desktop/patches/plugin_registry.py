"""Updates plug-ins from the network in the background instead of at startup.

cachibot requests its plug-in registry, and downloads new plug-ins, before it opens the
port: 3 to 5 s at every start, 34 to 36 s if the network drops packets.

Here this happens after the application has started, with a time limit. Plug-ins that are
already on the disk are loaded at startup, as in stock cachibot.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..launch_options import LaunchOptions
from .patch import Patch

DELAY_SECONDS = 3.0
"""Delay after the startup, so that the first screen loads first."""

LIMIT_SECONDS = 60.0

_log = logging.getLogger(__name__)


def apply(_launch: LaunchOptions) -> None:
    """Make the application's startup skip the registry, and request it afterwards."""
    from cachibot.services import external_plugins

    external_plugins.install_official_plugins = _in_background(external_plugins.install_official_plugins)


def _in_background(install: Callable[..., Awaitable[set[str]]]) -> Callable[..., Awaitable[set[str]]]:
    tasks: set[asyncio.Task[None]] = set()

    async def install_official_plugins(plugins_dir: Path | None = None) -> set[str]:
        # The loop has only weak references to tasks; without this set the task could be garbage-collected.
        task = asyncio.get_running_loop().create_task(_install(install, plugins_dir))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return set()

    return install_official_plugins


async def _install(install: Callable[..., Awaitable[set[str]]], plugins_dir: Path | None) -> None:
    from cachibot.services import external_plugins

    await asyncio.sleep(DELAY_SECONDS)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            installed = await install(plugins_dir)
    except Exception as problem:
        # Without a network this is normal. The next start tries again.
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
