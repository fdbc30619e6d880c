"""Proof that this installation is whole: everything imports, loads and is there.

For a frozen bundle above all, which lacks whatever the freezer did not see. One line a
finding on stdout, the summary last.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.machinery
import importlib.metadata
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from . import lazy
from .ui import find_ui

FAILS_EVERYWHERE = {
    "cachibot.plugins.sdk_types": "imports tukuy.skills, which tukuy 0.0.36 does not have",
}
PROVIDERS = ("openai", "anthropic", "google.genai", "groq")
LIBRARY_SUFFIXES = {"win32": (".dll",), "darwin": (".dylib", ".so")}


def run() -> bool:
    """Import, load and look; return whether all is as it should be."""
    lazy.install()
    problems: list[str] = []
    names = list(_modules("cachibot"))
    failed = {name: problem for name in names if (problem := _import(name))}
    for name, problem in failed.items():
        if name in FAILS_EVERYWHERE:
            print(f"known  {name}: {FAILS_EVERYWHERE[name]}")
        else:
            problems.append(f"module {name}: {problem}")
    lent = (*lazy.DEFERRED, *PROVIDERS)
    problems += [f"module {name}: {problem}" for name in lent if (problem := _import(name))]
    try:
        lazy.load_all()
    except Exception as problem:
        problems.append(f"deferred: {_last_line(problem)}")
    libraries = list(_libraries())
    problems += [f"library {trouble}" for trouble in _load(libraries)]
    files = [*_data_files()]
    problems += [f"missing {file}" for file in files if not file.is_file()]
    for line in problems:
        print(f"FAILED {line}")
    print(
        f"self-test {'failed' if problems else 'passed'}: {len(names) - len(failed)} of {len(names)} modules of"
        f" cachibot imported, {len(lent)} others, {len(libraries)} libraries loaded, {len(files)} data files,"
        f" {len(problems)} problems"
    )
    return not problems


def _modules(package: str) -> Iterator[str]:
    """Name every module below a package, importing packages on the way."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda _name: None):
        yield module.name


def _import(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except Exception as problem:
        return _last_line(problem)
    return None


def _last_line(problem: BaseException) -> str:
    return "".join(traceback.format_exception_only(problem)).strip().splitlines()[-1]


def _libraries() -> Iterator[Path]:
    """Name the shared libraries of the packages, extension modules aside: importing covers those we use."""
    suffixes = LIBRARY_SUFFIXES.get(sys.platform, (".so",))
    extensions = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    for path in sorted(_root().rglob("*")):
        if path.name.endswith(extensions) or not path.is_file():
            continue
        if path.suffix in suffixes or ".so." in path.name:
            yield path


def _load(libraries: list[Path]) -> list[str]:
    """Load the libraries, return what went wrong.

    Some find their neighbours only when these are loaded already, as the extension
    module that needs them all makes sure; so those that fail are tried again for as
    long as others succeed.
    """
    waiting, progress = libraries, True
    while progress and waiting:
        troubles: dict[Path, str] = {}
        for library in waiting:
            try:
                ctypes.CDLL(str(library))
            except OSError as trouble:
                troubles[library] = str(trouble)
        progress = len(troubles) < len(waiting)
        waiting = list(troubles)
        failures = [f"{library}: {trouble}" for library, trouble in troubles.items()]
    return failures if libraries else []


def _root() -> Path:
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else find_ui().parent.parent


def _data_files() -> Iterator[Path]:
    """Name the data files that cachibot's wheel lists; a bundle keeps them where the wheel had them."""
    try:
        listed = importlib.metadata.files("cachibot") or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    root = find_ui().parent.parent
    for file in listed:
        if file.parts[0] == "cachibot" and file.suffix not in (".py", ".pyc"):
            yield root / file
    yield find_ui() / "index.html"
