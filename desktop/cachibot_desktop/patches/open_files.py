"""The database, and settings with passwords in them, are their owner's alone.

cachibot makes its database with the rights of any file; the write-ahead log inherits them.

`~/.cachibot.toml` lies outside the data folder, whose mode guards all the rest, and the
settings page writes the mail and database passwords into it with the rights of any file.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..data.database import locate
from ..files import close_to_others
from ..launch_options import Launch
from .patch import Patch

WRITERS = ("save_database_config", "save_smtp_config", "save_telemetry_config")


def apply(launch: Launch) -> None:
    """Close the settings now and whenever they are written, and make the database closed from its first byte."""
    from cachibot.config import Config

    database = locate(launch.home, launch.workspace)
    if database is not None:
        _make_closed(database)

    file = launch.home / ".cachibot.toml"
    close_to_others(file)
    for name in WRITERS:
        setattr(Config, name, _closed(getattr(Config, name), file))


def _closed(write: Callable[..., None], file: Path) -> Callable[..., None]:
    @functools.wraps(write)
    def write_closed(config: Any) -> None:
        # Before, too: a password must not be readable even for a moment.
        _make_closed(file)
        write(config)

    return write_closed


def _make_closed(file: Path) -> None:
    """Close the file to others; make it, empty, if it is not there: to SQLite that is an empty database."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    close_to_others(file)


PATCH = Patch(
    name="open files",
    flaw="chats, mail and database passwords are readable by every user of the machine",
    versions="0.2.60-0.3.0",
    apply=apply,
)
