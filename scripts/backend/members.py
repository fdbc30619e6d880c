"""Print the hash of each module and file in the archive of the frozen program, as JSON.

Usage: members.py PROGRAM. The code before the archive is PyInstaller's launcher, here called `(launcher)`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]

MODULES = "PYZ.pyz"


def members(program: Path) -> dict[str, str]:
    """Return the SHA-256 of each member; the names of modules have the name of their archive as prefix."""
    content = program.read_bytes()
    archive = CArchiveReader(str(program))
    found = {"(launcher)": _sha256(content[: archive._start_offset])}
    for name in archive.toc:
        if name != MODULES:
            found[name] = _sha256(archive.extract(name))
    modules = archive.open_embedded_archive(MODULES)
    for name, (_kind, position, length) in modules.toc.items():
        start = modules._start_offset + position
        found[f"{MODULES}/{name}"] = _sha256(content[start : start + length])
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    print(json.dumps(members(Path(sys.argv[1]))))
