"""Checks that this installation is complete: modules import, libraries load, data files exist.

It is made for a frozen bundle, which lacks every module that PyInstaller did not find. A bundle
contains a description of the plain environment that it was frozen from: the self-test reports
each module and name that the bundle lacks. Prints one line for each finding to stdout, then a summary.
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

from ..first_use.pages import missing_files
from ..gateway import content_page
from ..gateway.static_files import StaticFiles
from ..server import lazy_imports
from ..upstream import find_ui
from .windows_library import is_for_other_machine

KNOWN_IMPORT_FAILURES = {
    "cachibot.plugins.sdk_types": "imports tukuy.skills, which tukuy 0.0.36 does not have",
}
PROVIDERS = ("openai", "anthropic", "google.genai", "groq")
LIBRARY_SUFFIXES = {"win32": (".dll",), "darwin": (".dylib", ".so")}
REFERENCE = Path(__file__).with_name("reference.json")
"""Description of the plain environment. Only a bundle has this file."""

MANIFEST = "manifest.json"
"""File with the size and hash of each file, beside the program of a bundle."""

NOT_IN_A_BUNDLE = frozenset(
    {"antigravity", "this", "__main__", "__mp_main__", "__phello__", "sitecustomize", "usercustomize", "_virtualenv"}
    | {"idlelib", "tkinter", "_tkinter", "turtle", "turtledemo", "test", "uvloop", "hf_xet", "watchfiles"}
    | {"uvicorn.supervisors.watchfilesreload"}
    | {"_testbuffer", "_testcapi", "_testclinic", "_testimportmultiple", "_testinternalcapi", "_testmultiphase"}
    | {"_testsinglephase", "_xxtestfuzz", "_xxsubinterpreters", "_xxinterpchannels"}
    | {"xxlimited", "xxlimited_35", "xxsubtype", "pip", "setuptools", "pkg_resources", "_distutils_hack"}
)
"""Modules that are not checked: a bundle does not need them or their submodules, or their import has side effects."""


@dataclass(frozen=True)
class Description:
    """The modules that can be imported, and the data files that exist."""

    names: dict[str, list[str]]
    """Names in each module of cachibot, by module."""
    failed: dict[str, str]
    """Reason of the failure for each module of cachibot that cannot be imported, by module."""
    others: list[str]
    """Modules of other packages and of the standard library."""
    files: list[str]
    """Data files of cachibot's wheel, relative to site-packages."""


def describe() -> Description:
    """Import all modules, and describe this environment."""
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
    """Run all checks and print the findings; return whether the installation is complete."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run()


def _run() -> bool:
    problems = [*_damage()]
    if problems:
        # The import of a truncated library would crash this process without a message.
        return _report(problems, "the bundle is damaged, so nothing was imported")
    expected: Description | None = None
    if REFERENCE.is_file():
        expected = Description(**json.loads(REFERENCE.read_text(encoding="utf-8")))
    elif getattr(sys, "frozen", False):
        problems.append(f"missing {REFERENCE}")
    try:
        found = describe()
    except Exception as problem:
        found = Description({}, {}, [], [])
        problems.append(f"deferred: {_last_line(problem)}")
    for name, reason in found.failed.items():
        if name in KNOWN_IMPORT_FAILURES:
            print(f"known  {name}: {KNOWN_IMPORT_FAILURES[name]}")
        else:
            problems.append(f"module {name}: {reason}")
    problems += [f"module {name}: {error}" for name in PROVIDERS if (error := _import(name))]
    if expected:
        problems += _compare(expected, found)
    libraries = list(_libraries())
    problems += [f"library {failure}" for failure in _load(libraries)]
    files = expected.files if expected else found.files
    problems += [f"patch {problem}" for problem in StaticFiles(find_ui()).problems]
    problems += [f"missing {file}" for file in (*_missing_pages(), *content_page.missing_files())]
    root = find_ui().parent.parent
    problems += [f"missing {file}" for file in files if not (root / file).is_file()]
    # In a bundle the walk finds more modules, because it treats folders without an __init__ as packages.
    modules = (expected or found).names.keys() | (expected or found).failed.keys()
    compared = f" and {sum(map(len, expected.names.values()))} names compared" if expected else ""
    return _report(
        problems,
        f"{len(modules & found.names.keys())} of {len(modules)} modules of cachibot imported{compared},"
        f" {len(expected.others if expected else found.others)} others, {len(libraries)} libraries loaded,"
        f" {len(files)} data files",
    )


def _missing_pages() -> list[str]:
    try:
        return missing_files()
    except OSError as problem:
        return [f"first_use/page: {_last_line(problem)}"]


def _report(problems: list[str], summary: str) -> bool:
    for line in problems:
        print(f"FAILED {line}")
    print(f"self-test {'failed' if problems else 'passed'}: {summary}, {len(problems)} problems")
    return not problems


def _damage() -> Iterator[str]:
    """Yield the files of a bundle that are missing or have the wrong size. The app itself checks the hashes."""
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
                yield f"{name}: wrong size"
        except OSError:
            yield f"missing {name}"


def _compare(expected: Description, found: Description) -> Iterator[str]:
    """Yield the modules and names of the plain environment that are missing in this one."""
    for module, names in expected.names.items():
        if module not in found.names:
            if module not in found.failed:
                yield f"module {module}: missing"
        elif missing := set(names) - set(found.names[module]):
            yield f"module {module}: names are missing: {', '.join(sorted(missing)[:5])}"
    for module in set(found.failed) - set(expected.failed) - set(KNOWN_IMPORT_FAILURES):
        yield f"module {module}: can be imported in the plain environment"
    for module in expected.others:
        if problem := _import(module):
            yield f"module {module}: {problem}"


def _standard_library() -> Iterator[str]:
    """Yield the modules of the standard library: a plug-in may import modules that cachibot does not."""
    for name in sorted(sys.stdlib_module_names - NOT_IN_A_BUNDLE):
        yield name
        folder = Path(sysconfig.get_path("stdlib")) / name
        for module in pkgutil.iter_modules([str(folder)], f"{name}."):
            # Modules named __main__ run something; a bundle has no tests.
            if not any(part in ("__main__", "test", "tests") for part in module.name.split(".")):
                yield module.name


def _imported_later() -> Iterator[str]:
    """Yield the modules that cachibot, prompture and tukuy import anywhere, such as platform SDKs inside functions.

    They are read from the sources. A bundle has no sources, and uses the description of the plain environment instead.
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
    """Return whether `import` can find a loaded module by its name: code can add modules under names of its own."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    is_ours = name.partition(".")[0] in ("cachibot_desktop", "__main__")
    return not is_ours and spec is not None and spec.name == name and spec.loader is not None


def _modules(package: str) -> Iterator[str]:
    """Yield every module below a package. Imports the packages among them."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda _name: None):
        yield module.name


def _import(name: str) -> str | None:
    try:
        # Some modules print a greeting when they are imported.
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(name)
    except Exception as problem:
        return _last_line(problem)
    return None


def _last_line(problem: BaseException) -> str:
    return "".join(traceback.format_exception_only(problem)).strip().splitlines()[-1]


def _libraries() -> Iterator[Path]:
    """Yield the shared libraries of the packages, without extension modules, which the imports check."""
    suffixes = LIBRARY_SUFFIXES.get(sys.platform, (".so",))
    extensions = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    for path in sorted(_root().rglob("*")):
        if path.name.endswith(extensions) or not path.is_file():
            continue
        if (path.suffix in suffixes or ".so." in path.name) and not is_for_other_machine(path):
            yield path


def _load(libraries: list[Path]) -> list[str]:
    """Load the libraries; return a message for each that fails.

    Some libraries can be loaded only after others, in the order in which an extension
    module loads them. So the libraries that fail are tried again as long as others succeed.
    """
    waiting, progress = libraries, True
    errors: dict[Path, str] = {}
    while progress and waiting:
        errors = {}
        for library in waiting:
            try:
                ctypes.CDLL(str(library))
            except OSError as error:
                errors[library] = str(error)
        progress = len(errors) < len(waiting)
        waiting = list(errors)
    return [f"{library}: {error}" for library, error in errors.items()]


def _root() -> Path:
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else find_ui().parent.parent


def _data_files() -> Iterator[str]:
    """Yield the data files in the file list of cachibot's wheel, and the migrations, which alembic runs from files."""
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
    """Return the description of this environment that the freezer puts into the bundle."""
    return json.dumps(asdict(describe()), indent=1) + "\n"
