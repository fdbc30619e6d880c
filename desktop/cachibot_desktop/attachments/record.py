"""Remembers which attached files CachiBot has saved, and removes those that no chat names any more.

The agent may work in a folder of the user's, with files of the user's in the folder of attachments. So a file is
removed only if CachiBot has saved it in this folder, under its name, with the content that it still has.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from ..files import what_instead_of_file, write_atomically
from . import folder

FILE = "attachments.json"

_lock = threading.Lock()
_kept: set[str] = set()


def save(data: Path, workspace: Path, name: str, content: bytes) -> str:
    """Save a file in the work folder `workspace`, and remember it. Return its name. `data` is the data folder.

    Raises:
        OSError: if the file or the record cannot be written. No new file remains.
    """
    saved, is_new = folder.save(workspace, name, content)
    if not is_new:
        keep(saved)
        return saved
    try:
        add(data, workspace, saved, content)
    except OSError:
        (workspace / folder.NAME / saved).unlink(missing_ok=True)
        raise
    return saved


def add(data: Path, workspace: Path, name: str, content: bytes) -> None:
    """Remember a file that was saved in the work folder `workspace`. `data` is the data folder.

    Raises:
        OSError: if the record cannot be read or written.
    """
    with _lock:
        write_atomically(data / FILE, json.dumps({**_read(data), name: _digest(workspace, content)}))


def keep(name: str) -> None:
    """Keep a file for the life of the server, because the user has attached it again, to a message not yet sent."""
    with _lock:
        _kept.add(name)


def remove(data: Path, workspace: Path, names: Iterable[str]) -> None:
    """Remove files that CachiBot has saved, unless they have changed since, or are kept.

    Raises:
        OSError: if the record cannot be read or written.
    """
    with _lock:
        known = _read(data)
        for name in names:
            path = folder.find(workspace, name)
            if name not in known or name in _kept or path is None:
                continue
            with contextlib.suppress(OSError):  # another program has it open: it stays
                if _digest(workspace, path.read_bytes()) == known[name]:
                    path.unlink()
                    del known[name]
        if known != _read(data):
            write_atomically(data / FILE, json.dumps(known))


def names(data: Path) -> frozenset[str]:
    """Return the names of the files that CachiBot has saved.

    Raises:
        OSError: if the record cannot be read.
    """
    return frozenset(_read(data))


def _digest(workspace: Path, content: bytes) -> str:
    """Return a hash of a file's content and of the work folder, so that a copy in another folder does not match."""
    return hashlib.sha256(os.fsencode(os.path.realpath(workspace)) + b"\0" + content).hexdigest()


def _read(data: Path) -> dict[str, str]:
    if what_instead_of_file(data / FILE) is not None:
        return {}  # such as a pipe, which the server renames at its next start
    try:
        found = json.loads((data / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {name: text for name, text in found.items() if folder.is_safe(name)} if isinstance(found, dict) else {}
