"""Finds the modules of the frozen program sooner than PyInstaller's own finder.

A start imports 1,200 modules. For each of them PyInstaller's finder opens the program again, and for each package it
asks the file system for a folder that does not exist.
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

# As PyInstaller names the kinds of entries; the third kind is a package without code.
MODULE, PACKAGE = 0, 1


def install() -> None:
    """Put the finder before all others. Call it once, in the frozen program only."""
    # The bootstrap has imported it, under this name.
    import pyimod02_importers as importers  # type: ignore[import-not-found]

    archive = importers.pyz_archive
    # On Windows an open program cannot be renamed, which an installer does.
    reader = OpenArchive(archive) if hasattr(os, "pread") else archive
    sys.meta_path.insert(0, Finder(archive.toc, reader, importers.PyiFrozenLoader))


class Finder:
    """Finds modules in the archive. Returns None if a module is not there, or if another path may have precedence."""

    def __init__(self, contents: dict[str, tuple[int, int, int]], reader: Any, loader: Any) -> None:
        self._contents = contents
        self._reader = reader
        self._loader = loader
        self._folder = sys._MEIPASS  # type: ignore[attr-defined]  # the folder of the program's files
        self._sys_path = list(sys.path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        kind, _offset, _length = self._contents.get(fullname, (None, 0, 0))
        if kind not in (MODULE, PACKAGE) or not self._has_default_path(fullname, path):
            return None
        loader = self._loader(fullname, self._reader, fullname, kind == PACKAGE)
        spec = ModuleSpec(fullname, loader, origin=loader.path, is_package=kind == PACKAGE)
        spec.has_location = True
        if kind == PACKAGE:
            spec.submodule_search_locations = [loader.path.rpartition(os.sep)[0]]
        return spec

    def _has_default_path(self, fullname: str, path: Sequence[str] | None) -> bool:
        """Return whether a module is searched for where it was at the start, and not also in a plug-in's folder."""
        if path is None:
            return sys.path == self._sys_path
        package = fullname.rpartition(".")[0].replace(".", os.sep)
        return list(path) == [f"{self._folder}{os.sep}{package}"]


class OpenArchive:
    """Reads code from the program, which it keeps open. An update on Linux may replace the program while it runs."""

    def __init__(self, archive: Any) -> None:
        from isal import isal_zlib

        self._decompress = isal_zlib.decompress
        self._contents = archive.toc
        self._descriptor = os.open(archive._filename, os.O_RDONLY)
        self._start = archive._start_offset

    def extract(self, name: str) -> CodeType:
        _kind, offset, length = self._contents[name]
        # Not seek and read: a thread or a forked process may read at another place at the same time.
        packed = os.pread(self._descriptor, length, self._start + offset)
        # The archive is as trusted as the program: an attacker who can change it can already run code.
        return marshal.loads(self._decompress(packed))  # type: ignore[no-any-return]  # noqa: S302
