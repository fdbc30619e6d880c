"""Imports cachibot, patches it, and runs its startup and shutdown."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

from ..data import backup_before_upgrade, database, version_record, write_ahead_log
from ..gateway.activity import Activity
from ..launch_options import LaunchOptions
from ..patches import registry
from ..process import system_certificates
from ..upstream import cachibot_version
from . import lazy_imports, lazy_models, lazy_routes


@dataclass(frozen=True)
class Application:
    """cachibot's ASGI application, imported and patched."""

    app: Any
    launch: LaunchOptions

    def health(self) -> dict[str, Any]:
        """Return cachibot's own health response: status, version, build, python, platform, desktop, distribution."""
        from cachibot.api.routes.health import HealthResponse

        response: dict[str, Any] = HealthResponse().model_dump()
        return response

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run cachibot's startup before the context, and its shutdown, which closes the database, after it."""
        async with self.app.router.lifespan_context(self.app):
            _record_version(self.launch)
            yield


def load(
    launch: LaunchOptions, activity: Activity, on_copy_step: Callable[[int], None] = lambda _steps: None
) -> Application:
    """Import cachibot and patch it. Takes seconds, so call it in a separate thread.

    `on_copy_step` gets a growing number while the database is copied, if it has to be copied.

    Raises:
        KnownFailure: the database belongs to a newer version, or a necessary copy of it fails.
    """
    # The shutdown needs it. By then an update may have replaced the files that it would be loaded from.
    import psutil  # noqa: F401

    # Before any library that makes TLS connections is imported; after the port answers, which does without.
    system_certificates.trust_system()
    lazy_imports.install()
    with lazy_models.deferred():
        lazy_routes.install()  # imports FastAPI, which has models, too
        registry.apply_before_import(launch)
        from cachibot.agent import CachibotAgent
        from cachibot.api.server import app

    app.state.workspace = launch.workspace
    activity.count_agent_runs(CachibotAgent)
    registry.apply_after_import(launch)
    location = database.locate(launch.home, launch.workspace)
    database.check_version(location, launch.data, launch.version)
    backup_before_upgrade.back_up_if_version_changed(
        location, launch.data, launch.version, on_copy_step, launch.profile
    )
    return Application(app, launch)


def _record_version(launch: LaunchOptions) -> None:
    """Record which versions have opened the data folder, for the next launch."""
    schema = database.fingerprint(database.known_schema())
    new = version_record.Record(cachibot=cachibot_version(), app=launch.version, schema=schema)
    location = database.locate(launch.home, launch.workspace)
    files = None if location is None else write_ahead_log.identify(location)
    if files is not None:
        new = replace(new, database_file=files.database, log_file=files.log, folder=files.folder)
    version_record.write(launch.data, new)
