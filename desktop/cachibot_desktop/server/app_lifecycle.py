"""Startup, running and shutdown of the wrapped application."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import Iterator
from typing import Any

from ..data.database import explain, locate
from ..gateway.access_policy import Refusal
from ..gateway.activity import Activity
from ..gateway.asgi import Receive, Scope, Send
from ..launch_options import Launch
from .application import Application, load
from .health import Problems

SWITCH_SECONDS = 0.0005
"""Switch interval during the import, so that requests are answered (a tenth of Python's own)."""


class AppLifecycle:
    """One application, imported in a thread so that the page paints meanwhile."""

    def __init__(self, launch: Launch, activity: Activity) -> None:
        self._launch = launch
        self._activity = activity
        self._problems = Problems(launch.data, locate(launch.home, launch.workspace))
        self._application: Application | None = None
        self._settled = asyncio.Event()
        self._ending = False
        self._end = asyncio.Event()
        self._imported: asyncio.Future[Application] | None = None
        self._copy_steps = 0

    async def run(self) -> None:
        """Bring the application up, keep it, and take it down after `end`.

        Raises:
            Foreseen: it cannot start for a reason we know.
            Exception: it cannot start for another.
        """
        try:
            application = await self._import()
            if application is None:
                return
            async with application.running():
                if self._ending:
                    return
                _settle_memory()
                self._application = application
                self._settled.set()
                await self._end.wait()
        except Exception as problem:
            raise explain(problem, locate(self._launch.home, self._launch.workspace)) or problem from None
        finally:
            self._application = None
            self._settled.set()

    def begin_end(self) -> None:
        """Take no new requests; those that run may finish. An import is not waited for."""
        self._ending = True
        self._settled.set()
        if self._imported is not None:
            self._imported.cancel()

    def end(self) -> None:
        """Take the application down."""
        self._end.set()

    def progress(self) -> int | None:
        """Progress of the start as a growing number; None when it is over."""
        return None if self._settled.is_set() else len(sys.modules) + self._copy_steps

    def _note_copy_step(self, steps: int) -> None:
        self._copy_steps = steps

    async def health(self) -> tuple[int, dict[str, Any]]:
        """The answer to GET /api/health."""
        if self._ending:
            return 503, {"status": "stopping"}
        if self._application is None:
            return 503, {"status": "starting", "modules": len(sys.modules)}
        moved = self._launch.stray_log
        return 200, {
            **self._application.health(),
            "problems": await self._problems.now(),
            **({} if moved is None else {"stray_log": str(moved)}),
        }

    async def ready(self) -> Refusal | None:
        """Wait until requests can be answered; a refusal when they never can."""
        await self._settled.wait()
        if self._ending or self._application is None:
            return Refusal(503, "The server is stopping.")
        return None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of the application."""
        assert self._application is not None, "`ready` came first"
        await self._application.app(scope, receive, send)

    async def _import(self) -> Application | None:
        """Import in a thread; None when the end came first."""
        loop = asyncio.get_running_loop()
        imported: asyncio.Future[Application] = loop.create_future()
        self._imported = imported

        def settle(application: Application | None, problem: BaseException | None) -> None:
            if imported.done():
                return  # the end came first
            if application is not None:
                imported.set_result(application)
            elif problem is not None:
                imported.set_exception(problem)

        def work() -> None:
            try:
                with _short_turns():
                    application = load(self._launch, self._activity, self._note_copy_step)
            except BaseException as problem:
                loop.call_soon_threadsafe(settle, None, problem)
            else:
                loop.call_soon_threadsafe(settle, application, None)

        # A daemon, not the loop's executor: a stop must not wait for it.
        threading.Thread(target=work, name="import", daemon=True).start()
        try:
            return await imported
        except asyncio.CancelledError:
            if self._ending:
                return None
            raise


@contextlib.contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _settle_memory() -> None:
    """Exclude the objects made by the import from garbage collection: they live as long as the server."""
    gc.freeze()
    gc.enable()
