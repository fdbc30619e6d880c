"""Print the hash of each module and file in the archives of the frozen server, as JSON.

Usage: members.py BUNDLE. The code before the program's archive is PyInstaller's launcher, here called `(launcher)`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader, ZlibArchiveReader  # type: ignore[import-untyped]

EMBEDDED = "PYZ.pyz"
MODULES = "modules.pyz"


def members(bundle: Path) -> dict[str, str]:
    """Return the SHA-256 of each member; the names of modules have the name of their archive as prefix."""
    program = next(file for file in (bundle / "cachibot-server", bundle / "cachibot-server.exe") if file.is_file())
    archive = CArchiveReader(str(program))
    found = {"(launcher)": _sha256(program.read_bytes()[: archive._start_offset])}
    for name in archive.toc:
        if name != EMBEDDED:
            found[name] = _sha256(archive.extract(name))
    found |= _modules(EMBEDDED, archive.open_embedded_archive(EMBEDDED))
    return found | _modules(MODULES, ZlibArchiveReader(str(bundle / "_internal" / MODULES), 0))


def _modules(prefix: str, archive: ZlibArchiveReader) -> dict[str, str]:
    content = Path(archive._filename).read_bytes()[archive._start_offset :]
    return {
        f"{prefix}/{name}": _sha256(content[position : position + length])
        for name, (_kind, position, length) in archive.toc.items()
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    print(json.dumps(members(Path(sys.argv[1]))))
