"""Finds the modules of the frozen program sooner than PyInstaller's own finder.

A start imports 1,200 modules. For each of them PyInstaller's finder opens the program again, and for each package it
asks the file system for a folder that does not exist.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
import zlib
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType


def install() -> None:
    """Put the finder before all others. Call it once, in the frozen program only."""
    # The bootstrap has imported it, under this name.
    import pyimod02_importers as importers  # type: ignore[import-not-found]

    sys.meta_path.insert(0, Finder(importers.pyz_archive, importers.PyiFrozenLoader))


class Finder:
    """Finds what the program contains; leaves to the other finders what it does not, or what may also be elsewhere."""

    def __init__(self, archive: Any, loader: Any) -> None:
        self._contents = archive.toc
        self._archive = _OpenArchive(archive)
        self._loader = loader
        self._folder = sys._MEIPASS  # type: ignore[attr-defined]  # the folder of the program's files
        self._sys_path = list(sys.path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = self._contents.get(fullname)
        if found is None or found[0] not in _CODE or not self._is_usual(fullname, path):
            return None
        is_package = found[0] == _PACKAGE
        loader = self._loader(fullname, self._archive, fullname, is_package)
        spec = ModuleSpec(fullname, loader, origin=loader.path, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [loader.path.rpartition(os.sep)[0]]
        return spec

    def _is_usual(self, fullname: str, path: Sequence[str] | None) -> bool:
        """Whether nothing has been put in the way, such as a plug-in's folder in `sys.path` or in a package's path."""
        if path is None:
            return sys.path == self._sys_path
        package = fullname.rpartition(".")[0].replace(".", os.sep)
        return list(path) == [f"{self._folder}{os.sep}{package}"]


_MODULE, _PACKAGE = 0, 1
_CODE = (_MODULE, _PACKAGE)


class _OpenArchive:
    """Reads code from the program, which it keeps open: the program may be replaced while it runs."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive
        self._file = open(archive._filename, "rb", buffering=0)  # noqa: SIM115 - until the process exits
        self._start = archive._start_offset
        self._lock = threading.Lock()

    def extract(self, name: str) -> CodeType:
        _kind, offset, length = self._archive.toc[name]
        with self._lock:
            self._file.seek(self._start + offset)
            packed = self._file.read(length)
        # As PyInstaller does: whoever can change the program needs no code in it.
        return marshal.loads(zlib.decompress(packed))  # type: ignore[no-any-return]  # noqa: S302
