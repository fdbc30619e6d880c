"""Defines a patch of upstream's page, and applies patches to the files that are served.

The page is a compiled bundle. A patch replaces a piece of it that must occur exactly once. If
upstream has changed that piece, the file is served unchanged, and the problem is reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

TEXT_SUFFIXES = frozenset({".js", ".mjs", ".css", ".html"})
"""Suffixes of files that may refer to other files of the page."""

HASHED = "/assets/"
"""Folder whose files browsers cache for a year by name, so changed content needs another name."""


@dataclass(frozen=True)
class PagePatch:
    """One flaw of upstream's page and its fix."""

    name: str
    flaw: str
    """The flaw, as the user sees it."""
    anchor: bytes
    replacement: bytes
    versions: str = "0.3.0"
    """Releases of cachibot in which the flaw was observed, or found in the source."""
    files: str = "/assets/index-*.js"
    """Pattern of the paths that are searched for `anchor`."""


@dataclass(frozen=True)
class Patched:
    """The patched files of one page."""

    changed: dict[str, bytes]
    """New content of each changed file, by the path at which it is served."""
    renamed: dict[str, str]
    """The path at which each changed file is served, by upstream's path."""
    problems: tuple[str, ...]
    """A message for each patch that was not applied."""


def apply_patches(files: Mapping[str, bytes], patches: Iterable[PagePatch]) -> Patched:
    """Patch the text files of a page, and rename changed files that browsers cache by name. `files` is by path."""
    # Changed in place: copying megabytes for each patch would take longer than all searches.
    changed: dict[str, bytearray] = {}
    problems: list[str] = []
    for patch in patches:
        content = {path: changed.get(path, body) for path, body in files.items() if fnmatchcase(path, patch.files)}
        found = [(path, start) for path, body in content.items() for start in _occurrences(body, patch.anchor)]
        if len(found) == 1:
            path, start = found[0]
            if path not in changed:
                changed[path] = bytearray(files[path])
            changed[path][start : start + len(patch.anchor)] = patch.replacement
        else:
            problems.append(f"{patch.name}: its anchor occurs {len(found)} times in {patch.files}, not once")
    return _renamed(files, {path: bytes(body) for path, body in changed.items()}, tuple(problems))


def _occurrences(body: bytes | bytearray, anchor: bytes) -> Iterator[int]:
    """Yield where `anchor` begins, in one pass: the server searches 85 times before it serves the first page."""
    start = body.find(anchor)
    while start >= 0:
        yield start
        start = body.find(anchor, start + len(anchor))


def _renamed(files: Mapping[str, bytes], changed: dict[str, bytes], problems: tuple[str, ...]) -> Patched:
    """Rename each changed file in /assets, then change the files that refer to it, and so on."""
    # All get the same digest, because files may refer to each other in a cycle.
    digest = hashlib.sha256(b"\0".join(body for _, body in sorted(changed.items()))).hexdigest()[:8]
    names: dict[str, str] = {}
    waiting = sorted(path for path in changed if path.startswith(HASHED))
    while waiting:
        path = PurePosixPath(waiting.pop())
        names[path.name] = f"{path.stem}-{digest}{path.suffix}"
        for other, body in files.items():
            if path.name.encode() not in body:
                continue
            if other.startswith(HASHED) and PurePosixPath(other).name not in names and other not in waiting:
                waiting.append(other)
            changed.setdefault(other, body)
    served: dict[str, bytes] = {}
    renamed: dict[str, str] = {}
    for upstream, original in changed.items():
        body = original
        for old, new in names.items():
            body = body.replace(old.encode(), new.encode())
        name = PurePosixPath(upstream).name
        renamed[upstream] = upstream.removesuffix(name) + names.get(name, name)
        served[renamed[upstream]] = body
    return Patched(served, renamed, problems)
