"""Restricts the database, and the settings file with its passwords, to their owner.

cachibot creates its database with default rights; the write-ahead log inherits them.

`~/.cachibot.toml` is outside the data folder, whose mode protects all other files, and the
settings page writes mail and database passwords into it with default rights.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..data.database import locate
from ..files import restrict_to_owner
from ..launch_options import LaunchOptions
from .patch import Patch

WRITERS = ("save_database_config", "save_smtp_config", "save_telemetry_config")


def apply(launch: LaunchOptions) -> None:
    """Restrict the settings file now and at each write, and create the database with restricted rights."""
    from cachibot.config import Config

    database = locate(launch.home, launch.workspace)
    if database is not None:
        _create_restricted(database)

    file = launch.home / ".cachibot.toml"
    restrict_to_owner(file)
    for name in WRITERS:
        setattr(Config, name, _restricted(getattr(Config, name), file))


def _restricted(write: Callable[..., None], file: Path) -> Callable[..., None]:
    @functools.wraps(write)
    def write_restricted(config: Any) -> None:
        # Before the write, so that a password is never readable.
        _create_restricted(file)
        write(config)

    return write_restricted


def _create_restricted(file: Path) -> None:
    """Restrict the file to its owner. If it is missing, create it empty, which is an empty database for SQLite."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    restrict_to_owner(file)


PATCH = Patch(
    name="open files",
    flaw="every user of the computer can read the chats and the mail and database passwords",
    versions="0.2.60-0.3.0",
    apply=apply,
)
