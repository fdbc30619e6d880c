"""No server kills another.

At its start cachibot sends SIGTERM, then SIGKILL, to the process named in
`~/.cachibot/server.pid` if it is any Python program: the app and the user's own
`cachibot server` kill each other, and a stale file kills a stranger.

Here nobody is killed, and the file is not written, so that a stock server does not kill
us either. Two servers on one data folder are prevented by data/lock.py.
"""

from __future__ import annotations

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Make the guard do nothing. cachibot looks its functions up when the application starts."""
    from cachibot.services import pid_guard

    pid_guard.kill_stale_server = _kill_nobody
    pid_guard.write_pid_file = _write_nothing
    pid_guard.remove_pid_file = _remove_nothing


def _kill_nobody() -> None:
    pass


def _write_nothing(port: int) -> None:
    del port


def _remove_nothing() -> None:
    pass


PATCH = Patch(
    name="pid guard",
    flaw="the app and the user's own server kill each other, or a stranger",
    versions="0.2.60-0.3.0",
    apply=apply,
)
