"""Serves at once: the gateway answers while cachibot is still being imported, and the end is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Iterator
from socket import socket

import uvicorn

from ..gateway.access_policy import AccessPolicy
from ..gateway.activity import Activity
from ..gateway.asgi import Gateway
from ..gateway.static_files import Ui
from ..launch_options import Launch
from ..process import log_redaction
from ..process.shutdown import FINISH_SECONDS, SHUTDOWN_SECONDS, Shutdown
from ..process.watchdog import Watch
from ..upstream import find_ui
from .app_lifecycle import AppLifecycle

CONNECTIONS_SECONDS = 1
"""Part of the shutdown's time for closing connections."""

LOOK_SECONDS = 0.05
"""Interval of the check for running work during a stop."""

SETTLE_SECONDS = 0.5
"""Time for cachibot, after the last work, to store the answer and to tell the page that it is done."""


class _Network(uvicorn.Server):
    """uvicorn without its signal handlers: those are process/shutdown.py's, and the exit status stays 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(launch: Launch, listener: socket, shutdown: Shutdown, watch: Watch) -> None:
    """Serve. The end is `life`'s: this returns only by raising.

    Raises:
        Foreseen: the start failed for a reason we know.
        Exception: it failed for another.
    """
    gc.disable()  # the import makes a million objects and no garbage
    log_redaction.to_stderr()
    asyncio.run(_serve(launch, listener, shutdown, watch))


async def _serve(launch: Launch, listener: socket, shutdown: Shutdown, watch: Watch) -> None:
    activity = Activity()
    app = AppLifecycle(launch, activity)
    policy = AccessPolicy(
        token=launch.token, port=launch.port, open_v1=launch.open_v1, open_webhooks=launch.open_webhooks
    )
    ui = Ui(find_ui())
    for problem in ui.problems:
        logging.getLogger(__name__).warning("The page is not patched. %s.", problem)
    network = _network(Gateway(policy=policy, ui=ui, app=app, activity=activity))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin_shutdown() -> None:
        loop.call_soon_threadsafe(stop.set)

    shutdown.on_request(begin_shutdown)

    watching = asyncio.create_task(watch.keep(app.progress))
    asked = asyncio.create_task(stop.wait())
    serving = asyncio.create_task(network.serve(sockets=[listener]))
    running = asyncio.create_task(app.run())
    await asyncio.wait((asked, serving, running), return_when=asyncio.FIRST_COMPLETED)
    if not asked.done():
        for ended in (running, serving):
            if ended.done():
                ended.result()
        raise RuntimeError("the server ended by itself")

    app.begin_end()
    await _let_finish(activity, shutdown)
    try:
        async with asyncio.timeout(SHUTDOWN_SECONDS):
            network.should_exit = True
            await serving
            app.end()
            await running
    except TimeoutError:
        logging.getLogger(__name__).warning("Shutting down took longer than %s s.", SHUTDOWN_SECONDS)
    watching.cancel()
    watch.end()
    shutdown.finished()
    # Threads of libraries may still call into the loop: it stays open until the process is gone.
    await asyncio.Event().wait()


async def _let_finish(activity: Activity, shutdown: Shutdown) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FINISH_SECONDS):
            busy = not activity.idle
            while not activity.idle and not shutdown.alone:  # noqa: ASYNC110 - cachibot tells no event when a job ends
                await asyncio.sleep(LOOK_SECONDS)
            if busy and not shutdown.alone:
                await asyncio.sleep(SETTLE_SECONDS)


def _network(gateway: Gateway) -> _Network:
    return _Network(
        uvicorn.Config(
            gateway,
            # One loop and one protocol on every system, whatever happens to be installed.
            loop="asyncio",
            http="httptools",
            # The older implementation gives up on a handshake that is held for 10 s.
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=False,  # it would print /ws?token=<the user's login>
            server_header=False,
            timeout_graceful_shutdown=CONNECTIONS_SECONDS,
        )
    )
