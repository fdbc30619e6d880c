"""Keeps servers from killing each other.

At startup cachibot sends SIGTERM, then SIGKILL, to the process named in
`~/.cachibot/server.pid` if it is any Python program: the app and the user's own
`cachibot server` kill each other, and with a stale file cachibot kills an unrelated program.

Here no process is killed, and the file is not written, so that a stock server does not kill
our server either. data/lock.py prevents two servers on one data folder.
"""

from __future__ import annotations

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Replace the guard's functions. cachibot looks them up when the application starts."""
    from cachibot.services import pid_guard

    pid_guard.kill_stale_server = _kill_nothing
    pid_guard.write_pid_file = _write_nothing
    pid_guard.remove_pid_file = _remove_nothing


def _kill_nothing() -> None:
    pass


def _write_nothing(port: int) -> None:
    del port


def _remove_nothing() -> None:
    pass


PATCH = Patch(
    name="pid guard",
    flaw="the app and the user's own server kill each other, or an unrelated process",
    versions="0.2.60-0.3.0",
    apply=apply,
)
