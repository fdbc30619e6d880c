"""cachibot itself: imported, mended, and run between its own start and shutdown."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import data, database, lazy
from .activity import Activity
from .launch import Launch
from .upstream import every
from .version import cachibot_version


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
            _remember_version(self.launch.data)
            yield


def load(launch: Launch, activity: Activity) -> Application:
    """Import cachibot and mend it. Takes seconds; meant for a thread of its own.

    Raises:
        Foreseen: the database belongs to a newer version.
    """
    lazy.install()
    every.before_the_application(launch)
    from cachibot.agent import CachibotAgent
    from cachibot.api.server import app

    app.state.workspace = launch.workspace
    activity.count_answers_of(CachibotAgent)
    every.after_the_import(launch)
    database.check_version(database.locate(launch.home, launch.workspace))
    return Application(app, launch)


def _remember_version(folder: Path) -> None:
    """Write down which cachibot has opened this folder; read by `database.check_version`."""
    about = {"cachibot": cachibot_version(), "schema": database.fingerprint(database.known_schema())}
    data.write_atomically(folder / data.ABOUT, json.dumps(about, indent=2) + "\n")
