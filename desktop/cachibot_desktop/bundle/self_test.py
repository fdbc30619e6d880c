"""Proof that this installation is whole: everything imports, loads and is there.

For a frozen bundle above all, which lacks whatever the freezer did not see. It carries a
description of the plain environment it was frozen from and is compared with that, module
by module and name by name. One line a finding on stdout, the summary last.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import importlib
import importlib.machinery
import importlib.metadata
import io
import json
import pkgutil
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ..gateway.static_files import Ui
from ..server import lazy_imports
from ..upstream import find_ui

FAILS_EVERYWHERE = {
    "cachibot.plugins.sdk_types": "imports tukuy.skills, which tukuy 0.0.36 does not have",
}
PROVIDERS = ("openai", "anthropic", "google.genai", "groq")
LIBRARY_SUFFIXES = {"win32": (".dll",), "darwin": (".dylib", ".so")}
REFERENCE = Path(__file__).with_name("reference.json")
"""Description of the plain environment; only a bundle has it."""

MANIFEST = "manifest.json"
"""Beside the program of a bundle: each file's size and hash."""

NOT_IN_A_BUNDLE = frozenset(
    {"antigravity", "this", "__main__", "__mp_main__", "__phello__", "sitecustomize", "usercustomize", "_virtualenv"}
    | {"idlelib", "tkinter", "_tkinter", "turtle", "turtledemo", "test", "uvloop", "hf_xet", "watchfiles"}
    | {"uvicorn.supervisors.watchfilesreload"}
    | {"_testbuffer", "_testcapi", "_testclinic", "_testimportmultiple", "_testinternalcapi", "_testmultiphase"}
    | {"_testsinglephase", "_xxtestfuzz", "_xxsubinterpreters", "_xxinterpchannels"}
    | {"xxlimited", "xxlimited_35", "xxsubtype", "pip", "setuptools", "pkg_resources", "_distutils_hack"}
)
"""Left out on purpose, with all below them, or doing something when imported that no test should."""


@dataclass(frozen=True)
class Description:
    """The modules that can be imported, and the files that exist."""

    names: dict[str, list[str]]
    """Every module of cachibot that imports, with the names in it."""
    failed: dict[str, str]
    """Every module of cachibot that does not, with the reason."""
    others: list[str]
    """Modules of other packages and of the standard library."""
    files: list[str]
    """Data files of cachibot's wheel, relative to the folder of the packages."""


def describe() -> Description:
    """Import all there is, and describe it."""
    lazy_imports.install()
    names: dict[str, list[str]] = {}
    failed: dict[str, str] = {}
    for name in sorted(_modules("cachibot")):
        problem = _import(name)
        if problem:
            failed[name] = problem
    wanted = {*lazy_imports.DEFERRED, *PROVIDERS, *_standard_library(), *_imported_later()}
    others = {name for name in sorted(wanted) if _import(name) is None}
    lazy_imports.load_all()
    for name in _modules("cachibot"):
        if name not in failed:
            names[name] = sorted(key for key in vars(sys.modules[name]) if not key.startswith("__"))
    others |= {name for name in sys.modules if _importable_by_name(name)} - names.keys() - failed.keys()
    return Description(
        names=names,
        failed=failed,
        others=sorted(name for name in others if not {name, name.partition(".")[0]} & NOT_IN_A_BUNDLE),
        files=[*_data_files()],
    )


def run() -> bool:
    """Import, load and look; return whether all is as it should be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run()


def _run() -> bool:
    problems = [*_damage()]
    if problems:
        # Importing a library that was cut off would end this process without a word.
        return _report(problems, "nothing was tried: the bundle is damaged")
    expected: Description | None = None
    if REFERENCE.is_file():
        expected = Description(**json.loads(REFERENCE.read_text(encoding="utf-8")))
    elif getattr(sys, "frozen", False):
        problems.append(f"missing {REFERENCE}")
    try:
        found = describe()
    except Exception as trouble:
        found = Description({}, {}, [], [])
        problems.append(f"deferred: {_last_line(trouble)}")
    for name, problem in found.failed.items():
        if name in FAILS_EVERYWHERE:
            print(f"known  {name}: {FAILS_EVERYWHERE[name]}")
        else:
            problems.append(f"module {name}: {problem}")
    problems += [f"module {name}: {why}" for name in PROVIDERS if (why := _import(name))]
    if expected:
        problems += _compare(expected, found)
    libraries = list(_libraries())
    problems += [f"library {trouble}" for trouble in _load(libraries)]
    files = expected.files if expected else found.files
    problems += [f"patch {problem}" for problem in Ui(find_ui()).problems]
    root = find_ui().parent.parent
    problems += [f"missing {file}" for file in files if not (root / file).is_file()]
    # A bundle finds more by walking: folders without an __init__ are packages to it.
    counted = (expected or found).names.keys() | (expected or found).failed.keys()
    with_what = f" and {sum(map(len, expected.names.values()))} names compared" if expected else ""
    return _report(
        problems,
        f"{len(counted & found.names.keys())} of {len(counted)} modules of cachibot imported{with_what},"
        f" {len(expected.others if expected else found.others)} others, {len(libraries)} libraries loaded,"
        f" {len(files)} data files",
    )


def _report(problems: list[str], summary: str) -> bool:
    for line in problems:
        print(f"FAILED {line}")
    print(f"self-test {'failed' if problems else 'passed'}: {summary}, {len(problems)} problems")
    return not problems


def _damage() -> Iterator[str]:
    """Name the files of a bundle that are missing or cut off, by its manifest; hashes are the app's part."""
    if not getattr(sys, "frozen", False):
        return
    bundle = Path(sys.executable).parent
    try:
        files = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as problem:
        yield f"{MANIFEST}: {_last_line(problem)}"
        return
    for name, about in files.items():
        try:
            if (bundle / name).stat().st_size != about["size"]:
                yield f"{name}: not of the size it was built with"
        except OSError:
            yield f"missing {name}"


def _compare(expected: Description, found: Description) -> Iterator[str]:
    """Name what the plain environment has and this one lacks."""
    for module, names in expected.names.items():
        if module not in found.names:
            if module not in found.failed:
                yield f"module {module}: it is not there"
        elif missing := set(names) - set(found.names[module]):
            yield f"module {module}: it lacks {', '.join(sorted(missing)[:5])}"
    for module in set(found.failed) - set(expected.failed) - set(FAILS_EVERYWHERE):
        yield f"module {module}: it imports in the plain environment"
    for module in expected.others:
        if problem := _import(module):
            yield f"module {module}: {problem}"


def _standard_library() -> Iterator[str]:
    """Name the standard library's modules: a plug-in may import what cachibot never does."""
    for name in sorted(sys.stdlib_module_names - NOT_IN_A_BUNDLE):
        yield name
        folder = Path(sysconfig.get_path("stdlib")) / name
        for module in pkgutil.iter_modules([str(folder)], f"{name}."):
            # Those named __main__ do things; tests are left out.
            if not any(part in ("__main__", "test", "tests") for part in module.name.split(".")):
                yield module.name


def _imported_later() -> Iterator[str]:
    """Name what cachibot and its two halves import anywhere, also inside functions: the SDKs of platforms, above all.

    Read out of their sources; a bundle has none, and goes by the description of where they are.
    """
    if getattr(sys, "frozen", False):
        return
    for package in ("cachibot", "prompture", "tukuy"):
        for file in sorted((_root() / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                    yield node.module


def _importable_by_name(name: str) -> bool:
    """Tell whether a loaded module is one that `import` would find again, not something put there by hand."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    is_ours = name.partition(".")[0] in ("cachibot_desktop", "__main__")
    return not is_ours and spec is not None and spec.name == name and spec.loader is not None


def _modules(package: str) -> Iterator[str]:
    """Name every module below a package, importing packages on the way."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda _name: None):
        yield module.name


def _import(name: str) -> str | None:
    try:
        # Some modules greet whoever imports them.
        with contextlib.redirect_stdout(io.StringIO()):
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


def _data_files() -> Iterator[str]:
    """Name the data files that cachibot's wheel lists, and the sources that alembic runs as files."""
    try:
        listed = importlib.metadata.files("cachibot") or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        is_migration = file.parts[:3] == ("cachibot", "storage", "alembic") and file.suffix == ".py"
        if file.parts[0] == "cachibot" and (is_migration or file.suffix not in (".py", ".pyc")):
            yield file.as_posix()
    yield "cachibot/frontend_dist/index.html"


def to_json() -> str:
    """Describe this environment as the freezer puts it into the bundle."""
    return json.dumps(asdict(describe()), indent=1) + "\n"
