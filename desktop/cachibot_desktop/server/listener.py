"""The one socket of the server: bound and listening before anything heavy is imported."""

from __future__ import annotations

import errno
import socket
import sys

from ..exit_codes import Exit, Foreseen
from ..launch_options import HOST

BACKLOG = 128


def bind(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1; connections queue in it from now on.

    Raises:
        Foreseen: PORT_TAKEN when somebody else has the port, BAD_CALL when the
            system does not let us have it at all.
    """
    if sys.platform == "darwin" and _answers(port):
        # macOS lets us bind 127.0.0.1 beside a server on 0.0.0.0 of the same port, and so steal from it.
        raise _taken(port)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without it Windows lets a second program bind the same port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A restart must not wait for the last server's connections to leave TIME_WAIT.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        # Windows answers EACCES for a port that another program holds exclusively.
        if problem.errno == errno.EADDRINUSE or (sys.platform == "win32" and problem.errno == errno.EACCES):
            raise _taken(port) from None
        raise Foreseen(Exit.BAD_CALL, f"Port {port} can't be used: {problem.strerror}.") from None
    return listener


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _taken(port: int) -> Foreseen:
    return Foreseen(
        Exit.PORT_TAKEN, f"Port {port} is used by another program: quit that program, or choose another port."
    )
