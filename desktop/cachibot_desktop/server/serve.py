"""Runs the HTTP server: from before cachibot is imported until the shutdown, whose duration is limited."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Iterator
from socket import socket

from uvicorn.config import Config
from uvicorn.server import Server

from ..data import work_folder
from ..first_use.routes import FirstUse
from ..gateway import room_answer
from ..gateway.access_policy import AccessPolicy
from ..gateway.activity import Activity
from ..gateway.asgi import Gateway
from ..gateway.reminders import reminders_in
from ..gateway.static_files import StaticFiles
from ..launch_options import LaunchOptions
from ..process import log_redaction
from ..process.machine import Machine
from ..process.shutdown import FINISH_SECONDS, SHUTDOWN_SECONDS, Shutdown
from ..process.watchdog import Watchdog
from ..upstream import find_ui
from .accept import accept_connections
from .app_lifecycle import AppLifecycle
from .connection import HEADER_SECONDS, AnonymousConnections, Connection

CONNECTIONS_SECONDS = 1
"""Part of `SHUTDOWN_SECONDS` for closing connections."""

CLOSED_POLL_SECONDS = 0.005
"""Interval in which the shutdown checks whether all connections are closed."""

DATE_SECONDS = 1
"""Interval in which uvicorn renews the header `Date`."""

POLL_SECONDS = 0.05
"""Interval in which the shutdown checks for running work."""

SETTLE_SECONDS = 0.5
"""Time that cachibot gets after the last running work, to store the answer and to notify the page."""


class _Server(Server):
    """uvicorn with our own connections, and without its signal handlers.

    process/shutdown.py has the handlers, and the exit code stays 0.
    """

    def __init__(self, config: Config, listener: socket, policy: AccessPolicy) -> None:
        super().__init__(config)
        self._listener = listener
        self._policy = policy
        self._anonymous = AnonymousConnections()
        self._stop_requested = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:  # noqa: ARG002 - `main_loop` accepts from it
        await super().startup(sockets=[])

    def stop(self) -> None:
        """Make `serve` close all connections and return."""
        self.should_exit = True
        self._stop_requested.set()

    async def main_loop(self) -> None:
        """Accept connections until `stop`. uvicorn's own loop polls ten times a second, also when nothing happens."""
        accepting = asyncio.create_task(
            accept_connections(self._listener, self._create_connection, self._anonymous.seconds_until_room)
        )
        try:
            while not await self.on_tick(0):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DATE_SECONDS):
                        await self._stop_requested.wait()
        finally:
            accepting.cancel()
            await asyncio.wait((accepting,))

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Close the listening socket and all connections. uvicorn's own shutdown waits in steps of 0.1 s."""
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(CONNECTIONS_SECONDS):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn emits no event
                    await asyncio.sleep(CLOSED_POLL_SECONDS)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()

    def _create_connection(self) -> Connection:
        return Connection(self.config, self.server_state, self._policy, self._anonymous)


def run(launch: LaunchOptions, listener: socket, shutdown: Shutdown, watchdog: Watchdog, machine: Machine) -> None:
    """Serve until `shutdown` ends the process. Never returns normally.

    Raises:
        KnownFailure: the start failed for a known reason.
        Exception: the start failed for another reason.
    """
    gc.disable()  # the import creates a million objects and no garbage
    log_redaction.log_to_stderr()
    asyncio.run(_serve(launch, listener, shutdown, watchdog, machine))


async def _serve(
    launch: LaunchOptions, listener: socket, shutdown: Shutdown, watchdog: Watchdog, machine: Machine
) -> None:
    activity = Activity()
    app = AppLifecycle(launch, activity)
    policy = AccessPolicy(
        token=launch.token, port=launch.port, open_v1=launch.open_v1, open_webhooks=launch.open_webhooks
    )
    static_files = StaticFiles(find_ui())
    for problem in static_files.problems:
        logging.getLogger(__name__).warning("A patch of the page was not applied. %s.", problem)
    gateway = Gateway(
        policy=policy,
        static_files=static_files,
        app=app,
        activity=activity,
        machine=machine,
        reminders=reminders_in(launch.data),
        work_folder=lambda: work_folder.current(launch.data, launch.workspace),
        data=launch.data,
        own=FirstUse(launch),
    )
    server = _create_server(gateway, listener, policy)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def start_shutdown() -> None:
        loop.call_soon_threadsafe(stop.set)

    shutdown.on_request(start_shutdown)

    watching = asyncio.create_task(watchdog.run(app.progress))
    stopping = asyncio.create_task(stop.wait())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    running = asyncio.create_task(app.run())
    await asyncio.wait((stopping, serving, running), return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        for task in (running, serving):
            if task.done():
                task.result()
        raise RuntimeError("the server ended without a request to stop")

    app.stop_accepting()
    await _wait_for_running_work(activity, shutdown)
    gateway.end_answers()
    try:
        async with asyncio.timeout(SHUTDOWN_SECONDS):
            server.stop()
            await serving
            room_answer.interrupt_answers()
            app.stop()
            await running
    except TimeoutError:
        logging.getLogger(__name__).warning("The shutdown took longer than %s s.", SHUTDOWN_SECONDS)
    watching.cancel()
    watchdog.stop()
    shutdown.mark_finished()
    # Threads of libraries may still call into the loop, so it stays open until the process exits.
    await asyncio.Event().wait()


async def _wait_for_running_work(activity: Activity, shutdown: Shutdown) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FINISH_SECONDS):
            busy = not activity.idle
            while not activity.idle and not shutdown.app_is_gone:  # noqa: ASYNC110 - cachibot emits no event when a job ends
                await asyncio.sleep(POLL_SECONDS)
            if busy and not shutdown.app_is_gone:
                await asyncio.sleep(SETTLE_SECONDS)


def _create_server(gateway: Gateway, listener: socket, policy: AccessPolicy) -> _Server:
    return _Server(
        Config(
            gateway,
            # The same loop on every system, whatever packages are installed. connection.py has the protocol.
            loop="asyncio",
            http=Connection,
            # uvicorn's older implementation aborts a handshake that waits for 10 s.
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=False,  # it would print /ws?token=<the user's login>
            server_header=False,
            timeout_keep_alive=HEADER_SECONDS,
        ),
        listener,
        policy,
    )
