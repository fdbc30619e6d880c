"""Defines a patch of upstream's page, and applies patches to the files that are served.

The page is one compiled bundle. A patch replaces a piece of it that must be there exactly once; if
upstream has changed that piece, the file is served as it is, and the problem is reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

TEXT_SUFFIXES = frozenset({".js", ".mjs", ".css", ".html"})
"""Files that may name other files of the page."""

HASHED = "/assets/"
"""Below this, a file is cached for a year under its name, so another content needs another name."""


@dataclass(frozen=True)
class PagePatch:
    """One flaw of upstream's page and its cure."""

    name: str
    flaw: str
    """The flaw, as the user sees it."""
    versions: str
    """Releases of cachibot in which the flaw was seen or read."""
    files: str
    """Pattern of the paths in which `anchor` may be, such as /assets/index-*.js."""
    anchor: bytes
    replacement: bytes


@dataclass(frozen=True)
class Patched:
    """The result for one page."""

    changed: dict[str, bytes]
    """Content of each file that differs from upstream's, by its path as it is served."""
    renamed: dict[str, str]
    """Upstream's path of each of those files, and the path as it is served."""
    problems: tuple[str, ...]
    """A sentence for each patch that does not fit."""


def apply_patches(files: Mapping[str, bytes], patches: Iterable[PagePatch]) -> Patched:
    """Patch the text files of a page, given by path, and rename those that browsers cache by name."""
    changed: dict[str, bytes] = {}
    problems: list[str] = []
    for patch in patches:
        content = {path: changed.get(path, body) for path, body in files.items() if fnmatchcase(path, patch.files)}
        found = [path for path, body in content.items() for _ in range(body.count(patch.anchor))]
        if len(found) == 1:
            changed[found[0]] = content[found[0]].replace(patch.anchor, patch.replacement)
        else:
            problems.append(f"{patch.name}: its anchor is in {patch.files} {len(found)} times, not once")
    return _renamed(files, changed, tuple(problems))


def _renamed(files: Mapping[str, bytes], changed: dict[str, bytes], problems: tuple[str, ...]) -> Patched:
    """Give each changed file of /assets a name of its content, in every file that names it, and so on."""
    # One digest of all: files may name each other in a circle.
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
