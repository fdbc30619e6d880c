"""cachibot itself: imported, patched, and run between its own start and shutdown."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

from ..data import backup_before_upgrade, database, version_record, write_ahead_log
from ..gateway.activity import Activity
from ..launch_options import Launch
from ..patches import registry
from ..upstream import cachibot_version
from . import lazy_imports


@dataclass(frozen=True)
class Application:
    """cachibot's ASGI application, ready to be run."""

    app: Any
    launch: Launch

    def health(self) -> dict[str, Any]:
        """Return cachibot's own answer: status, version, build, python, platform, desktop, distribution."""
        from cachibot.api.routes.health import HealthResponse

        answer: dict[str, Any] = HealthResponse().model_dump()
        return answer

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run between cachibot's start and its shutdown, which closes the database."""
        async with self.app.router.lifespan_context(self.app):
            _remember_version(self.launch)
            yield


def load(launch: Launch, activity: Activity, copied: Callable[[int], None] = lambda _pages: None) -> Application:
    """Import cachibot and patch it. Takes seconds; meant for a thread of its own.

    `copied` is called with a number that grows while the database is copied, if it has to be.

    Raises:
        Foreseen: the database belongs to a newer version, or is an older one's and cannot be copied.
    """
    # The server's end needs it, when an update may have replaced the program that it would be loaded from.
    import psutil  # noqa: F401

    lazy_imports.install()
    registry.before_the_application(launch)
    from cachibot.agent import CachibotAgent
    from cachibot.api.server import app

    app.state.workspace = launch.workspace
    activity.count_answers_of(CachibotAgent)
    registry.after_the_import(launch)
    location = database.locate(launch.home, launch.workspace)
    database.check_version(location, launch.data, launch.version)
    backup_before_upgrade.make_if_another_version(location, launch.data, launch.version, copied)
    return Application(app, launch)


def _remember_version(launch: Launch) -> None:
    """Write down which versions have opened this folder, for those that come after them."""
    schema = database.fingerprint(database.known_schema())
    new = version_record.Record(cachibot=cachibot_version(), app=launch.version, schema=schema)
    location = database.locate(launch.home, launch.workspace)
    files = None if location is None else write_ahead_log.identify(location)
    if files is not None:
        new = replace(new, database_file=files.database, log_file=files.log, folder=files.folder)
    version_record.write(launch.data, new)
