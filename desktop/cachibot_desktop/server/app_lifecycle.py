"""Runs the startup and the shutdown of the application behind the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import Iterator
from typing import Any

from ..data.database import locate
from ..data.database_failures import known_failure
from ..gateway.access_policy import Refusal
from ..gateway.activity import Activity
from ..gateway.asgi_types import Receive, Scope, Send
from ..launch_options import LaunchOptions
from . import idle_work
from .application import Application, load
from .health import Problems, watch_failed_writes

SWITCH_SECONDS = 0.0005
"""Interpreter switch interval during the import (a tenth of Python's default), so that requests are answered."""


class AppLifecycle:
    """Imports the application in a thread, so that the page can load meanwhile; then runs it and shuts it down."""

    def __init__(self, launch: LaunchOptions, activity: Activity) -> None:
        self._launch = launch
        self._activity = activity
        self._problems = Problems(launch.data, locate(launch.home, launch.workspace))
        self._application: Application | None = None
        self._startup_done = asyncio.Event()
        self._stopping = False
        self._stop_requested = asyncio.Event()
        self._import_future: asyncio.Future[Application] | None = None
        self._copy_steps = 0

    async def run(self) -> None:
        """Import and start the application, and shut it down after `stop`.

        Raises:
            KnownFailure: the start failed for a known reason.
            Exception: the start failed for another reason.
        """
        try:
            application = await self._import()
            if application is None:
                return
            watch_failed_writes(self._problems.note_failed_write)
            async with application.running():
                if self._stopping:
                    return
                _exclude_imported_objects_from_gc()
                self._application = application
                self._startup_done.set()
                idling = asyncio.create_task(idle_work.run(application.app, self._activity))
                await self._stop_requested.wait()
                idling.cancel()
        except Exception as problem:
            raise known_failure(problem, locate(self._launch.home, self._launch.workspace)) or problem from None
        finally:
            self._application = None
            self._startup_done.set()

    def stop_accepting(self) -> None:
        """Refuse new requests. Running requests may finish; a running import is abandoned."""
        self._stopping = True
        self._startup_done.set()
        if self._import_future is not None:
            self._import_future.cancel()

    def stop(self) -> None:
        """Make `run` shut the application down."""
        self._stop_requested.set()

    def progress(self) -> int | None:
        """Return the progress of the startup as a growing number; None after the startup."""
        return None if self._startup_done.is_set() else len(sys.modules) + self._copy_steps

    def _note_copy_step(self, steps: int) -> None:
        self._copy_steps = steps

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and body for GET /api/health."""
        if self._stopping:
            return 503, {"status": "stopping"}
        if self._application is None:
            return 503, {"status": "starting", "modules": len(sys.modules)}
        moved = self._launch.stray_log
        return 200, {
            **self._application.health(),
            "problems": await self._problems.current(),
            "busy": not self._activity.idle,
            **({} if moved is None else {"stray_log": str(moved)}),
        }

    async def wait_until_ready(self) -> Refusal | None:
        """Wait for the startup. Return a refusal if the application failed or is stopping."""
        await self._startup_done.wait()
        if self._stopping or self._application is None:
            return Refusal(503, "The server is stopping.")
        return None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the application."""
        assert self._application is not None, "`wait_until_ready` has returned None"
        await self._application.app(scope, receive, send)

    async def _import(self) -> Application | None:
        """Import the application in a thread; return None if `stop_accepting` was called first."""
        loop = asyncio.get_running_loop()
        imported: asyncio.Future[Application] = loop.create_future()
        self._import_future = imported

        def set_result(application: Application | None, problem: BaseException | None) -> None:
            if imported.done():
                return  # cancelled by `stop_accepting`
            if application is not None:
                imported.set_result(application)
            elif problem is not None:
                imported.set_exception(problem)

        def import_application() -> None:
            try:
                with _short_switch_interval():
                    application = load(self._launch, self._activity, self._note_copy_step)
            except BaseException as problem:
                loop.call_soon_threadsafe(set_result, None, problem)
            else:
                loop.call_soon_threadsafe(set_result, application, None)

        # A daemon thread, not the loop's executor: the shutdown must not wait for it.
        threading.Thread(target=import_application, name="import", daemon=True).start()
        try:
            return await imported
        except asyncio.CancelledError:
            if self._stopping:
                return None
            raise


@contextlib.contextmanager
def _short_switch_interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _exclude_imported_objects_from_gc() -> None:
    """Exclude all objects that exist now from garbage collection: they live as long as the server."""
    gc.freeze()
    gc.enable()
