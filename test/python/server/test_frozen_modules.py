"""The finder of the frozen program's modules, with an archive like PyInstaller's."""

from __future__ import annotations

import marshal
import os
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

from cachibot_desktop.server.frozen_modules import MODULE, PACKAGE, Finder, OpenArchive
from systems import needs_posix

NAMESPACE = 3
pytestmark = needs_posix("Windows keeps the program closed, and reads it with PyInstaller's own reader")

START = 100
"""Where the archive begins in the program."""

MODULES = {
    "package": (PACKAGE, "kind = 'package'"),
    "package.module": (MODULE, "kind = 'module'"),
    "package.inner": (PACKAGE, ""),
    "package.inner.deep": (MODULE, "kind = 'deep'"),
    "alone": (MODULE, "kind = 'alone'"),
    "nothing": (NAMESPACE, ""),
}


class Archive:
    """As PyInstaller's: `toc` names the kind, place and length of each module."""

    def __init__(self, file: Path) -> None:
        self._filename = str(file)
        self._start_offset = START
        self.toc: dict[str, tuple[int, int, int]] = {}
        content = b""
        for name, (kind, source) in MODULES.items():
            packed = zlib.compress(marshal.dumps(compile(source, name, "exec")))
            self.toc[name] = (kind, len(content), len(packed))
            content += packed
        file.write_bytes(b"\0" * START + content)


class Loader:
    """As PyInstaller's: knows the path that the module's source would have."""

    def __init__(self, name: str, archive: Any, entry: str, is_package: bool) -> None:
        place = Path(sys._MEIPASS, *entry.split("."))  # type: ignore[attr-defined]
        self.path = str(place / "__init__.py" if is_package else place.with_suffix(".py"))
        self.archive, self.entry = archive, entry


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "bundle"), raising=False)
    return Archive(tmp_path / "program")


@pytest.fixture
def finder(archive: Archive) -> Finder:
    return Finder(archive.toc, OpenArchive(archive), Loader)


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
    # Not for modules of a package, which have the package's own path.
    assert finder.find_spec("package.module", folder("package")) is not None


@pytest.mark.parametrize("before", [[], ["/elsewhere"]])
def test_a_package_with_another_path_is_searched_there(finder: Finder, before: list[str]) -> None:
    assert finder.find_spec("package.module", [*before, "/elsewhere"]) is None
    assert finder.find_spec("package.module", [*before, *folder("package"), "/elsewhere"]) is None


def test_a_module_is_read_from_the_program_that_was_started(finder: Finder, archive: Archive) -> None:
    spec = finder.find_spec("alone", None)
    Path(archive._filename).unlink()
    assert spec is not None
    assert spec.loader.archive.extract("alone").co_filename == "alone"  # type: ignore[union-attr]


def read_often(reader: OpenArchive) -> list[str]:
    """Return the modules for which another one's code was read."""
    named = [name for name, (kind, _source) in MODULES.items() if kind != NAMESPACE]
    return [name for _ in range(1_000) for name in named if reader.extract(name).co_filename != name]


def test_threads_and_forked_processes_read_modules_at_the_same_time(archive: Archive) -> None:
    reader = OpenArchive(archive)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = len(read_often(reader))
            finally:
                os._exit(code)
        children.append(child)
    wrong: list[str] = []
    threads = [threading.Thread(target=lambda: wrong.extend(read_often(reader))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert (wrong, codes) == ([], [0, 0, 0, 0])
