"""cachibot itself: imported, mended, and run between its own start and shutdown."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from . import data, lazy
from .activity import Activity
from .launch import Launch
from .upstream import every


@dataclass(frozen=True)
class Application:
    """cachibot's ASGI application, ready to be run."""

    app: Any
    launch: Launch

    def health(self) -> dict[str, Any]:
        """cachibot's own answer: status, version, build, python, platform, desktop, distribution."""
        from cachibot.api.routes.health import HealthResponse

        return HealthResponse().model_dump()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run between cachibot's start and its shutdown, which closes the database."""
        async with self.app.router.lifespan_context(self.app):
            data.remember_version(self.launch.data)
            yield


def load(launch: Launch, activity: Activity) -> Application:
    """Import cachibot and mend it. Takes seconds; meant for a thread of its own.

    Raises:
        Foreseen: the data folder or the database is in no state to start on.
    """
    lazy.install()
    every.before_the_application(launch)
    from cachibot.agent import CachibotAgent
    from cachibot.api.server import app

    app.state.workspace = launch.workspace
    activity.count_answers_of(CachibotAgent)
    every.after_the_import(launch)
    return Application(app, launch)
