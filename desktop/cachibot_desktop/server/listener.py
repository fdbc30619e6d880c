"""Binds the server's listening socket, before anything expensive is imported."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys

from ..exit_codes import ExitCode, KnownFailure
from ..launch_options import HOST

BACKLOG = 2048
"""Connections that the system queues while none is accepted. Each system has a lower limit of its own."""

DESCRIPTORS = 8192
"""Soft limit of open files and sockets. macOS refuses more than 10240, and begins with 256."""


def raise_descriptor_limit() -> None:
    """Raise the number of files and sockets that this process may open. Windows has no such limit."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # The server also works with fewer.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1. The system queues connections from now on.

    Raises:
        KnownFailure: PORT_TAKEN if another program has the port, USAGE if the system
            refuses the port for another reason.
    """
    if sys.platform == "darwin" and _accepts_connections(port):
        # macOS allows binding 127.0.0.1 beside a server on 0.0.0.0 with the same port, and would redirect its clients.
        raise _port_taken(port)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without this option, Windows lets a second program bind the same port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A restart must not wait until the previous server's connections leave TIME_WAIT.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        # Windows reports EACCES for a port that another program has bound exclusively.
        if problem.errno == errno.EADDRINUSE or (sys.platform == "win32" and problem.errno == errno.EACCES):
            raise _port_taken(port) from None
        raise KnownFailure(ExitCode.USAGE, f"Port {port} can't be used: {problem.strerror}.") from None
    return listener


def _accepts_connections(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _port_taken(port: int) -> KnownFailure:
    return KnownFailure(
        ExitCode.PORT_TAKEN, f"Port {port} is used by another program: quit that program, or choose another port."
    )
