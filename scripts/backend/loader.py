"""A correction of PyInstaller's loader, which is part of the frozen server. Read by build/cachibot-server.spec."""

from __future__ import annotations

from pathlib import Path

MODULE = "pyimod01_archive"
SLOW, FAST = "marshal.load(fp)", "marshal.loads(fp.read())"


def write_corrected(installation: Path, folder: Path) -> Path:
    """Write a module of the loader of the PyInstaller in `installation` into `folder`, and return its file.

    PyInstaller reads the list of some 7,000 modules item by item from the program, which takes 20 ms of each start. The
    corrected module reads it at once, in 3 ms.
    """
    source = (installation / "loader" / f"{MODULE}.py").read_text(encoding="utf-8")
    if source.count(SLOW) != 1:
        raise SystemExit(f"PyInstaller's {MODULE} no longer contains {SLOW} once: see scripts/backend/loader.py.")
    folder.mkdir(parents=True, exist_ok=True)
    corrected = folder / f"{MODULE}.py"
    corrected.write_text(source.replace(SLOW, FAST), encoding="utf-8")
    return corrected
