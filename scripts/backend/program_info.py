"""Name, version and copyright of the server's program, which Windows shows in Task Manager and in questions."""

from __future__ import annotations

import json
import re
from pathlib import Path

US_ENGLISH, UNICODE = 0x0409, 1200


def version_of(project: Path) -> str:
    """Return the version of the app, from a file that is also part of the cache's key."""
    return str(json.loads((project / "package-lock.json").read_text(encoding="utf-8"))["version"])


def version_numbers(version: str) -> tuple[int, int, int, int]:
    """Return a version such as 1.2.3-beta.4 as the four numbers of Windows, which has no names for test versions."""
    major, minor, patch = re.match(r"(\d+)\.(\d+)\.(\d+)", version).groups()  # type: ignore[union-attr]
    return int(major), int(minor), int(patch), 0


def version_strings(version: str) -> dict[str, str]:
    """Return the strings of the version resource, by their names in Windows."""
    return {
        "CompanyName": "CachiBot Desktop contributors",
        "FileDescription": "CachiBot Server",  # the name in Task Manager
        "FileVersion": version,
        "InternalName": "cachibot-server",
        "LegalCopyright": "© 2026 CachiBot contributors, MIT License",
        "OriginalFilename": "cachibot-server.exe",
        "ProductName": "CachiBot",
        "ProductVersion": version,
    }
