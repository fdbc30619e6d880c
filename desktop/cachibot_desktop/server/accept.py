"""Accepts connections from the listening socket, and continues after every failure.

asyncio's own server logs each failure with a traceback, thousands at a time when the descriptors run out, and on
Windows closes the listening socket after the first one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Any

from .counted_warning import CountedWarning

ACCEPTS_PER_TURN = 16
"""Connections accepted before the server reads data and makes room for others."""

RETRY_SECONDS = 0.1
"""Pause after a failure, which may last: the socket stays readable while there are no descriptors."""

ERROR_NETNAME_DELETED = 64
"""Windows's error for a connection that was reset before it was accepted."""


async def accept_connections(
    listener: socket, create_protocol: Callable[[], asyncio.Protocol], seconds_until_room: Callable[[int], float]
) -> None:
    """Accept connections until cancelled.

    `seconds_until_room` returns how long to leave the next connections, at most as many as its argument, in the
    system's queue.
    """
    loop = asyncio.get_running_loop()
    warning = CountedWarning(__name__, "A connection could not be accepted")
    connecting: set[asyncio.Task[None]] = set()
    listener.setblocking(False)
    loop.set_exception_handler(_report)
    for turn in itertools.count(1):
        if turn % ACCEPTS_PER_TURN == 0:
            await asyncio.gather(*connecting)
            await asyncio.sleep(seconds_until_room(ACCEPTS_PER_TURN))
        try:
            connection, _ = await loop.sock_accept(listener)
        except OSError as problem:
            if not _is_only_this_connection(problem):
                warning.count(problem.strerror or problem)
                await asyncio.sleep(RETRY_SECONDS)
            continue
        task = loop.create_task(_connect(connection, create_protocol))
        connecting.add(task)
        task.add_done_callback(connecting.discard)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report an error that no task has handled. On Windows, asyncio raises a failure to accept a second time, here."""
    if not _is_reset_before_accepted(context.get("exception")):
        loop.default_exception_handler(context)


def _is_only_this_connection(problem: OSError) -> bool:
    """Return whether the other side has closed the connection before it was accepted: no reason to pause."""
    return isinstance(problem, ConnectionError) or _is_reset_before_accepted(problem)


def _is_reset_before_accepted(problem: object) -> bool:
    return getattr(problem, "winerror", None) == ERROR_NETNAME_DELETED


async def _connect(connection: socket, create_protocol: Callable[[], asyncio.Protocol]) -> None:
    try:
        # Otherwise the body of a response waits until the client confirms the headers, up to 40 ms. asyncio sets it on
        # sockets that name their protocol, which these do not.
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        await asyncio.get_running_loop().connect_accepted_socket(create_protocol, connection)
    except OSError:
        # The other side is already gone; macOS then refuses to set options of the socket.
        connection.close()
