"""The folder in which the agent works, if the user has chosen one.

Otherwise it is the workspace that the shell names (`CACHIBOT_WORKSPACE`), which keeps CachiBot's settings and keys in
any case: a folder of the user's, such as a project from the internet, may contain a `cachibot.toml` that names another
database, or an `.env` that sends the keys elsewhere.

The choice is a file, read at each use, so that it counts at once, and a folder that is gone, or on a network disk that
does not respond, is replaced by the workspace until it is back.
"""

from __future__ import annotations

import json
import os
import threading
from enum import Enum
from pathlib import Path

from ..files import read_small_file, write_atomically

FILE = "work-folder.json"
_LIMIT_SECONDS = 2.0
_waiting: dict[Path, threading.Thread] = {}
"""The checks of folders whose disk has not responded yet."""


class Problem(Enum):
    """Why the agent cannot work in a folder."""

    MISSING = "it does not exist"
    READ_ONLY = "it cannot be written"
    SILENT = "its disk does not respond"
    OWN_DATA = "it has to do with CachiBot's own data, with the user's keys"


def current(data: Path, workspace: Path) -> Path:
    """Return the folder in which the agent works. `data` is the data folder."""
    try:
        chosen = json.loads(read_small_file(data / FILE)).get("folder")
    except (OSError, ValueError, AttributeError):
        return workspace
    return Path(chosen) if isinstance(chosen, str) and problem_of(Path(chosen), data) is None else workspace


def problem_of(folder: Path, data: Path) -> Problem | None:
    """Return why the agent cannot work in a folder; None if it can. Waits once only for a disk that is silent."""
    found: list[Problem | None] = []
    check = _waiting.get(folder)
    if check is not None and check.is_alive():
        return Problem.SILENT
    # A call that waits for a disk cannot be interrupted, so it runs on a separate thread.
    check = threading.Thread(target=lambda: found.append(_check(folder, data)), daemon=True)
    check.start()
    check.join(_LIMIT_SECONDS)
    if check.is_alive():
        _waiting[folder] = check
        return Problem.SILENT
    _waiting.pop(folder, None)
    return found[0]


def _check(folder: Path, data: Path) -> Problem | None:
    try:
        exists = folder.is_absolute() and folder.is_dir()
    except OSError:  # `is_dir` returns False only for some errors, and a lost network disk causes others
        exists = False
    if not exists:
        return Problem.MISSING
    real, own = Path(os.path.realpath(folder)), Path(os.path.realpath(data))
    if real == own or real in own.parents or own in real.parents:
        return Problem.OWN_DATA
    return None if os.access(folder, os.W_OK) else Problem.READ_ONLY


def choose(data: Path, folder: Path) -> None:
    """Let the agent work in a folder from now on. Check it first.

    Raises:
        OSError: if the choice cannot be written.
    """
    write_atomically(data / FILE, json.dumps({"folder": str(folder)}))
    os.chdir(folder)
