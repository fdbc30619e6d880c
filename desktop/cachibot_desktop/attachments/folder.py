"""Keeps attached files in the agent's folder, where its tools find them, and finds those that a message names.

A message names each file in a separate line, which the page adds to the text that the user sends.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

NAME = "Attachments"
MOST_BYTES = 50_000_000
"""Of one file. The page checks it, too, before it sends the file."""
LONGEST_NAME = 120
LONGEST_NAME_BYTES = 200
"""File systems of Linux limit the bytes of a name, and a number may follow."""

_LINE = re.compile(rf"^Attached: {NAME}/([^/\\\r\n]+)$", re.MULTILINE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def line(name: str) -> str:
    """Return the line of a message that attaches the file of this name."""
    return f"Attached: {NAME}/{name}"


def attached(message: str) -> list[str]:
    """Return the names of the files that a message attaches."""
    return list(dict.fromkeys(name.strip() for name in _LINE.findall(message)))


def safe_name(name: str) -> str:
    """Return a name that every system accepts, without folders and characters that cannot be seen."""
    plain = _FORBIDDEN.sub("_", name).strip(" .") or "file"
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > LONGEST_NAME or len(plain.encode()) > LONGEST_NAME_BYTES:
        end = f".{_first(suffix, 19, 40)}" if stem and dot else ""
        plain = _first(stem if end else plain, LONGEST_NAME - 20, LONGEST_NAME_BYTES - len(end.encode())) + end
    return f"_{plain}" if _RESERVED.match(plain) else plain


def _first(text: str, characters: int, length: int) -> str:
    """Return the beginning of a text, limited in characters and in bytes, without a space at its end."""
    return text[:characters].encode()[:length].decode(errors="ignore").rstrip(" .")


def is_safe(name: str) -> bool:
    """Return whether `save` may have given a file this name."""
    return name != "" and not name.startswith(".") and _FORBIDDEN.search(name) is None


def save(workspace: Path, name: str, content: bytes) -> tuple[str, bool]:
    """Save a file under a name that no other file has. Return that name, and whether the file is new.

    Raises:
        OSError: if it cannot be written.
    """
    folder = workspace / NAME
    folder.mkdir(parents=True, exist_ok=True)
    wanted = Path(safe_name(name))
    for number in itertools.count(1):
        path = folder / (wanted.name if number == 1 else f"{wanted.stem} ({number}){wanted.suffix}")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return path.name, False
        except OSError:
            path.unlink(missing_ok=True)
            raise
        else:
            return path.name, True
    raise AssertionError("there is always another number")


def find(workspace: Path, name: str) -> Path | None:
    """Return the path of an attached file; None if no attached file has this name."""
    path = workspace / NAME / name
    return path if name not in (".", "..") and path.is_file() and not path.is_symlink() else None
