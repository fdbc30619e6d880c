"""Imports the modules of the frozen program sooner than PyInstaller's own finder does.

A start imports 1,300 modules. For each of them PyInstaller's finder opens the program again, and for each package it
asks the file system for a folder that does not exist. Its reader takes 18 ms for the list of all 7,000 modules. So the
program's own archive has only the modules that this one needs, and `modules.pyz` has all others, in the same format.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType
    from typing import Any

FILE = "modules.pyz"
"""The file in the folder of the program's files, as `build/cachibot-server.spec` names it."""
SIGNATURE = b"PYZ\0" + MAGIC_NUMBER
HOOK = "pyi_rth_"
"""PyInstaller's prefix for the module that changes another one, here as soon as that one is imported."""

# As PyInstaller names the kinds of entries; the third kind is a package without code.
MODULE, PACKAGE = 0, 1


def install() -> None:
    """Put the finder before all others. Call it once, in the frozen program only, and before PyInstaller's hooks."""
    # The bootstrap has imported it, under this name.
    import pyimod02_importers as importers  # type: ignore[import-not-found]

    modules = ModuleFile(os.path.join(sys._MEIPASS, FILE))  # type: ignore[attr-defined]  # noqa: PTH118
    modules.add_to(importers.pyz_archive)
    sys.meta_path.insert(0, Finder(modules, importers.PyiFrozenLoader))


class Finder:
    """Finds modules in the file. Returns None if a module is not there, or if another path may have precedence."""

    def __init__(self, modules: ModuleFile, loader: Any) -> None:
        self._modules = modules
        self._contents = modules.contents
        self._loader = loader
        self._folder = sys._MEIPASS  # type: ignore[attr-defined]  # the folder of the program's files
        self._sys_path = list(sys.path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        kind, _offset, _length = self._contents.get(fullname, (None, 0, 0))
        hook = HOOK + fullname
        # PyInstaller would have imported a module with a hook before any plug-in, whose folder could not hide it.
        has_hook = hook in self._contents
        if kind not in (MODULE, PACKAGE) or not (has_hook or self._has_default_path(fullname, path)):
            return None
        loader = self._loader(fullname, self._modules, fullname, kind == PACKAGE)
        if has_hook:
            loader.exec_module = _with_hook(loader.exec_module, hook)
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


def _with_hook(exec_module: Callable[[ModuleType], None], hook: str) -> Callable[[ModuleType], None]:
    def exec_with_hook(module: ModuleType) -> None:
        exec_module(module)
        __import__(hook)

    return exec_with_hook


class ModuleFile:
    """Reads code from the file of modules, which it keeps open: on Linux an update may replace it meanwhile.

    Raises OSError if the file cannot be read, and RuntimeError if it is not one of this Python's modules.
    """

    contents: dict[str, tuple[int, int, int]]
    """Kind, offset in bytes and length in bytes of each module."""

    def __init__(self, file: str) -> None:
        self._file = file
        with open(file, "rb") as opened:
            header = opened.read(12)
            if header[:8] != SIGNATURE:
                raise RuntimeError(f"{file} is damaged, or made for another Python. Install CachiBot again.")
            opened.seek(int.from_bytes(header[8:], "big"))
            # From a file, marshal reads item by item. The archive is as trusted as the program, here and below: an
            # attacker who can change it can already run code.
            self.contents = dict(marshal.loads(opened.read()))  # noqa: S302
        self._read = self._read_again
        self._decompress = _decompress()
        # On Windows an open file cannot be renamed, which an installer does.
        if hasattr(os, "pread"):
            self._descriptor = os.open(file, os.O_RDONLY)
            self._read = self._read_open

    def extract(self, name: str) -> CodeType:
        """Return the code of a module that `contents` has."""
        _kind, offset, length = self.contents[name]
        return marshal.loads(self._decompress(self._read(offset, length)))  # type: ignore[no-any-return]  # noqa: S302

    def add_to(self, archive: Any) -> None:
        """Make PyInstaller's archive show these modules too, to its own finder and to `pkgutil`."""
        extract = archive.extract
        archive.toc.update(self.contents)
        archive.extract = lambda name: self.extract(name) if name in self.contents else extract(name)

    def _read_open(self, offset: int, length: int) -> bytes:
        # Not seek and read: a thread or a forked process may read at another place at the same time.
        return os.pread(self._descriptor, length, offset)

    def _read_again(self, offset: int, length: int) -> bytes:
        with open(self._file, "rb") as opened:
            opened.seek(offset)
            return opened.read(length)


def _decompress() -> Callable[[bytes], bytes]:
    """Return the function that decompresses a module: isal's, which takes half the time, where it exists."""
    if sys.platform == "win32":
        from zlib import decompress
    else:
        from isal.isal_zlib import decompress
    return decompress
