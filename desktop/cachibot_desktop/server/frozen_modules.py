"""Imports the modules of the frozen program sooner than PyInstaller's own finder does.

A start imports 1,300 modules. For each of them PyInstaller's finder opens the program again, and for each package it
asks the file system for a folder that does not exist. Its reader takes 18 ms for the list of all 7,000 modules. So the
program's own archive has only the modules that are needed before this one, and `modules.pyz` has all of them, in the
same format.
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
    from types import ModuleType
    from typing import Any

FILE = "modules.pyz"
"""The file in the folder of the program's files. `build/cachibot-server.spec` writes it."""
SIGNATURE = b"PYZ\0" + MAGIC_NUMBER
HOOK = "pyi_rth_"
"""Prefix of PyInstaller's hooks: `pyi_rth_inspect` changes `inspect`. A hook runs as soon as its module is imported."""
WINDOWS = sys.platform == "win32"

# As PyInstaller names the kinds of entries; the third kind is a package without code.
MODULE, PACKAGE = 0, 1


def install() -> None:
    """Put the finder before all others. Call it once, in the frozen program only, and before PyInstaller's hooks."""
    # The bootstrap has imported it, under this name.
    import pyimod02_importers as importers  # type: ignore[import-not-found]

    modules = ModuleFile(os.path.join(sys._MEIPASS, FILE))  # type: ignore[attr-defined]  # noqa: PTH118
    # So that PyInstaller's own finder and `pkgutil` find them, too.
    importers.pyz_archive.toc = modules.contents
    importers.pyz_archive.extract = modules.extract
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
        # PyInstaller imports modules that have hooks before any plug-in, so a plug-in's folder never hid them.
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
        # It may import a part of its package. If another thread imports that part first, at this moment, Python raises
        # its error about a deadlock, as it does for packages that import each other.
        __import__(hook)

    return exec_with_hook


class ModuleFile:
    """Reads code from the file of modules, which it keeps open: on Linux an update may replace it meanwhile.

    Raises OSError if the file cannot be read, and RuntimeError if it is not a file of this Python's modules.
    """

    contents: dict[str, tuple[int, int, int]]
    """Kind, offset in bytes and length in bytes of each module."""

    def __init__(self, file: str) -> None:
        # On Windows an open file cannot be renamed, which an installer does.
        self._file: str | int = file if WINDOWS else os.open(file, os.O_RDONLY)
        self._decompress = _decompress()
        signature, offset = self._read(0, 8), int.from_bytes(self._read(8, 4), "big")
        try:
            if signature != SIGNATURE:
                raise ValueError(signature)
            # PyInstaller lets marshal read from a file, which it does item by item.
            self.contents = dict(_unmarshal(self._read(offset, max(0, os.stat(self._file).st_size - offset))))
        except (EOFError, TypeError, ValueError) as problem:
            raise RuntimeError(f"{file} is damaged, or made for another Python. Install CachiBot again.") from problem

    def extract(self, name: str, raw: bool = False) -> Any:
        """Return the code of a module that `contents` has, or its bytes; None for a package without code."""
        kind, offset, length = self.contents[name]
        if kind not in (MODULE, PACKAGE):
            return None
        code = self._decompress(self._read(offset, length))
        return code if raw else _unmarshal(code)

    def _read(self, offset: int, length: int) -> bytes:
        if isinstance(self._file, int):
            # Not seek and read: a thread or a forked process may read at another place at the same time.
            return os.pread(self._file, length, offset)
        with open(self._file, "rb") as opened:
            opened.seek(offset)
            return opened.read(length)


def _unmarshal(content: bytes) -> Any:
    # The file is as trusted as the program: an attacker who can change it can already run code.
    return marshal.loads(content)  # noqa: S302


def _decompress() -> Callable[[bytes], bytes]:
    """Return the function that decompresses a module: isal's, which takes half the time, where it exists."""
    if sys.platform == "win32":
        from zlib import decompress
    else:
        from isal.isal_zlib import decompress
    return decompress
