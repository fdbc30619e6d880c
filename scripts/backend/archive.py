"""Pack the bundle as .tar.xz, reproducibly, to measure its size in an installer.

Usage: archive.py BUNDLE ARCHIVE. Uses the program xz if it is installed, because it compresses on all cores.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path


def main(bundle: Path, archive: Path) -> None:
    """Pack the files sorted by name, without owners and times."""
    xz = shutil.which("xz")
    if xz is None:
        with tarfile.open(archive, "w:xz") as tar:
            tar.add(bundle, "backend", filter=_anonymous)
        return
    with (
        archive.open("wb") as output,
        subprocess.Popen(
            [xz, *_filters(), "--lzma2=preset=6", "--threads=0", "--stdout"], stdin=subprocess.PIPE, stdout=output
        ) as packer,
    ):
        assert packer.stdin is not None, "it is a pipe"
        with tarfile.open(fileobj=packer.stdin, mode="w|") as tar:
            tar.add(bundle, "backend", filter=_anonymous)
        packer.stdin.close()
        if packer.wait() != 0:
            raise SystemExit("xz failed")


def _filters() -> list[str]:
    """Return options that improve the compression of machine code; every xz can decompress the result."""
    return ["--x86"] if platform.machine().lower() in ("x86_64", "amd64") else []


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
