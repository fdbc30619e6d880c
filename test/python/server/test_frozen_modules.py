"""The finder of the frozen program's modules, with a file of modules like PyInstaller's."""

from __future__ import annotations

import marshal
import os
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cachibot_desktop.server import frozen_modules
from cachibot_desktop.server.frozen_modules import FILE, MODULE, PACKAGE, SIGNATURE, Finder, ModuleFile
from systems import needs_posix

NAMESPACE = 3

MODULES = {
    "package": (PACKAGE, "kind = 'package'"),
    "package.module": (MODULE, "kind = 'module'"),
    "package.inner": (PACKAGE, ""),
    "package.inner.deep": (MODULE, "kind = 'deep'"),
    "alone": (MODULE, "kind = 'alone'"),
    "nothing": (NAMESPACE, ""),
    "hooked": (MODULE, "changed_by = None"),
    "pyi_rth_hooked": (MODULE, "import hooked; hooked.changed_by = 'hook'"),
}


def write_modules(file: Path) -> None:
    """Write a file of modules as PyInstaller does."""
    toc, content = [], b"\0" * 17
    for name, (kind, source) in MODULES.items():
        packed = zlib.compress(marshal.dumps(compile(source, name, "exec"))) if kind != NAMESPACE else b""
        toc.append((name, (kind, len(content), len(packed))))
        content += packed
    header = SIGNATURE + len(content).to_bytes(4, "big")
    file.write_bytes(header + content[len(header) :] + marshal.dumps(toc))


class Loader:
    """As PyInstaller's: knows the path that the module's source would have."""

    def __init__(self, name: str, archive: Any, entry: str, is_package: bool) -> None:
        place = Path(sys._MEIPASS, *entry.split("."))  # type: ignore[attr-defined]
        self.path = str(place / "__init__.py" if is_package else place.with_suffix(".py"))
        self.archive, self.entry = archive, entry

    def create_module(self, _spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.archive.extract(self.entry), module.__dict__)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    write_modules(tmp_path / FILE)
    return tmp_path / FILE


@pytest.fixture
def modules(file: Path) -> ModuleFile:
    return ModuleFile(str(file))


@pytest.fixture
def finder(modules: ModuleFile) -> Finder:
    return Finder(modules, Loader)


def folder(*parts: str) -> list[str]:
    return [str(Path(sys._MEIPASS, *parts))]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "path"),
    [("package", ()), ("package.module", ("package",)), ("package.inner.deep", ("package", "inner")), ("alone", ())],
)
def test_a_module_of_the_program_is_found(finder: Finder, name: str, path: tuple[str, ...]) -> None:
    spec = finder.find_spec(name, folder(*path) if path else None)
    assert spec is not None
    assert (spec.name, spec.has_location, spec.origin) == (name, True, spec.loader.path)  # type: ignore[union-attr]
    is_package = MODULES[name][0] == PACKAGE
    assert spec.submodule_search_locations == (folder(*name.split(".")) if is_package else None)
    values: dict[str, str] = {}
    exec(spec.loader.archive.extract(name), values)  # type: ignore[union-attr]
    assert values["kind"] == name.rpartition(".")[2]


@pytest.mark.parametrize("name", ["json", "nothing", "package.missing"])
def test_other_modules_are_left_to_the_other_finders(finder: Finder, name: str) -> None:
    assert finder.find_spec(name, folder("package") if "." in name else None) is None


def test_a_folder_of_a_plug_in_comes_before_the_program(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("/plug-in")
    assert finder.find_spec("alone", None) is None
    # Not for modules that PyInstaller has a hook for, which it used to import at each start.
    assert finder.find_spec("hooked", None) is not None
    # Not for modules of a package, which have the package's own path.
    assert finder.find_spec("package.module", folder("package")) is not None


@pytest.mark.parametrize("before", [[], ["/elsewhere"]])
def test_a_package_with_another_path_is_searched_there(finder: Finder, before: list[str]) -> None:
    assert finder.find_spec("package.module", [*before, "/elsewhere"]) is None
    assert finder.find_spec("package.module", [*before, *folder("package"), "/elsewhere"]) is None


@needs_posix("on Windows no program replaces a file that another one has open")
def test_a_module_is_read_from_the_file_that_was_there_at_the_start(modules: ModuleFile, file: Path) -> None:
    file.unlink()
    assert modules.extract("alone").co_filename == "alone"


def test_windows_does_not_keep_the_file_open(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_modules, "WINDOWS", True)
    modules = ModuleFile(str(file))
    assert modules.extract("package.module").co_filename == "package.module"
    file.unlink()
    with pytest.raises(FileNotFoundError):
        modules.extract("package.module")


@pytest.mark.parametrize(
    "damage",
    [
        lambda _content: b"",
        lambda content: content.replace(SIGNATURE, b"PYZ\0\0\0\0\0"),
        lambda content: content[:-5],
        lambda content: content[:40],
        lambda content: content[:-40] + bytes(40),
    ],
    ids=["empty", "of another Python", "end missing", "list missing", "zeros"],
)
def test_a_damaged_file_is_refused_with_what_to_do(file: Path, damage: Callable[[bytes], bytes]) -> None:
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(RuntimeError, match=r"damaged.*Install CachiBot again"):
        ModuleFile(str(file))


def test_a_package_without_code_has_none(modules: ModuleFile) -> None:
    assert modules.extract("nothing") is None


def test_a_hook_of_pyinstaller_runs_when_its_module_was_imported(
    finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "hooked", raising=False)
    import hooked  # type: ignore[import-not-found]

    try:
        assert hooked.changed_by == "hook"
    finally:
        for name in ("hooked", "pyi_rth_hooked"):
            sys.modules.pop(name, None)


def read_often(reader: ModuleFile) -> list[str]:
    """Return the modules for which another one's code was read."""
    named = [name for name, (kind, _source) in MODULES.items() if kind != NAMESPACE]
    return [name for _ in range(1_000) for name in named if reader.extract(name).co_filename != name]


@needs_posix("Windows does not fork")
def test_threads_and_forked_processes_read_modules_at_the_same_time(modules: ModuleFile) -> None:
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = len(read_often(modules))
            finally:
                os._exit(code)
        children.append(child)
    wrong: list[str] = []
    threads = [threading.Thread(target=lambda: wrong.extend(read_often(modules))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert (wrong, codes) == ([], [0, 0, 0, 0])
