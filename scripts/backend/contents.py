"""The contents of the frozen server: included and excluded packages. Read by build/cachibot-server.spec."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pkgutil
import re
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath, PureWindowsPath

Entry = tuple[str, str, str]
"""An entry of PyInstaller: path in the bundle, path of its origin, kind."""

COMPLETE = ("cachibot", "tukuy", "prompture")
"""Packages with all their modules and data, because they find many of them by name at run time."""

ALL_MODULES = (
    "aiosqlite",
    "alembic",
    "asyncpg",
    "fastembed",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "uvicorn",
    "websockets",
)
"""Packages whose modules are imported by name, which PyInstaller does not detect."""

IMPORTED_BY_STRING = (
    "anthropic",
    "google.genai",
    "groq",
    "openai",
    "pgvector.sqlalchemy",
)
"""Modules that are imported by name. PyInstaller detects what they import themselves."""

EXCLUDED = (
    # Not in the lock file. Excluded in case a dependency requires one of them.
    "torch",
    "torchvision",
    "scipy",
    "playwright",
    "fontTools",
    "gunicorn",
    "matplotlib",
    "pandas",
    "IPython",
    # Tools for building and testing.
    "pip",
    "setuptools",
    "pkg_resources",
    "_distutils_hack",
    "wheel",
    "pytest",
    "_pytest",
    "PyInstaller",
    # Graphical user interfaces, which the server does not have.
    "tkinter",
    "_tkinter",
    "turtle",
    "turtledemo",
    "idlelib",
    "PIL.ImageTk",
    "PIL._imagingtk",
    # Tests of the standard library and of packages.
    "test",
    "lib2to3.tests",
    "numpy.tests",
    "_testbuffer",
    "_testcapi",
    "_testclinic",
    "_testimportmultiple",
    "_testinternalcapi",
    "_testmultiphase",
    "_testsinglephase",
    "_xxtestfuzz",
    "_xxinterpchannels",
    "xxlimited",
    "xxlimited_35",
    "xxsubtype",
    # onnxruntime imports them in tools that convert models: 74 MB.
    "sympy",
    "mpmath",
    "onnxruntime.transformers",
    "onnxruntime.quantization",
    "onnxruntime.tools",
    # Our entry point uses asyncio's own event loop on every system.
    "uvloop",
    # Restarts a server when its source changes.
    "watchfiles",
    # Faster downloads of models; without it huggingface_hub uses plain HTTPS. 9 MB.
    "hf_xet",
    # Compiles Fortran.
    "numpy.f2py",
    # Unused parts of lxml; python-docx needs only etree. 5 MB.
    "lxml.objectify",
    "lxml.html.diff",
    "lxml.html._difflib",
    "lxml.isoschematron",
    # alembic runs these as files.
    "cachibot.storage.alembic",
)

READER = "cachibot_desktop.server.frozen_modules"
"""Reads the file of modules. It may import only what EMBEDDED names, and what PyInstaller's own code imports."""

EMBEDDED = ("__future__", "isal", "gzip", "_compression", "ctypes")
"""Imported by READER, for isal, or by PyInstaller before READER, which changes ctypes."""

LATER_HOOKS = ("pyi_rth_inspect", "pyi_rth_multiprocessing", "pyi_rth_pkgutil")
"""Hooks that READER runs when their module is imported. PyInstaller would import the module at each start."""

EXCLUDED_FILES = ["**/__pycache__/**", "**/*.pyc", "**/tests/**"]
"""Unused files of the packages in COMPLETE."""

CAN_STRIP = sys.platform in ("linux", "darwin")

WINDOWS = os.environ.get("SYSTEMROOT", r"C:\Windows") if sys.platform == "win32" else None
"""The Windows folder; None on other systems."""

_VC_RUNTIME = re.compile(r"((concrt|vcamp|vccorlib|vcomp)140|(msvcp|vcruntime)140(_\w+)?)\.dll", re.IGNORECASE)
_TEST_MODULE = re.compile(r"(^|\.)(tests?|testing|conftest|__main__)(\.|$)")
# python-docx reads its template from default.docx, not from the folder that default.docx was packed from: 1 MB.
_UNUSED = re.compile(r"(^|/)(__pycache__|tests?|default-docx-template)/|\.(pyc|pyo|pyi|pxd|h|hpp|c|cpp|a|lib|pdb)$")


def standard_library() -> Iterator[str]:
    """Return every module of the standard library: plug-ins may import modules that cachibot does not."""
    folder = sysconfig.get_path("stdlib")
    for name in sorted(sys.stdlib_module_names):
        if name in EXCLUDED or name == "antigravity" or name == "this":
            continue
        yield name
        package = str(Path(folder) / name)
        for module in pkgutil.walk_packages([package], f"{name}.", onerror=lambda _name: None):
            if is_included(module.name):
                yield module.name


def is_included(module: str) -> bool:
    """Return whether a module belongs in the bundle: it is not a test and not excluded."""
    excluded = any(module == name or module.startswith(f"{name}.") for name in EXCLUDED)
    return not excluded and not _TEST_MODULE.search(module)


def is_embedded(module: str) -> bool:
    """Return whether the program itself contains a module, because it is needed to read the file of modules."""
    return module.partition(".")[0] in EMBEDDED or f"{READER}.".startswith(f"{module}.")


def without_later_hooks(scripts: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return the other scripts, and as modules the hooks that run later."""
    later = [(name, origin, "PYMODULE") for name, origin, _kind in scripts if name in LATER_HOOKS]
    return [script for script in scripts if script[0] not in LATER_HOOKS], later


def packages_of(entries: Iterable[Entry]) -> list[importlib.metadata.Distribution]:
    """Return the packages that at least one entry comes from, sorted by name."""
    root = site_packages()
    origins = {origin for _name, origin, _kind in entries}
    found = [
        package
        for package in importlib.metadata.distributions(path=[root])
        if any(str(Path(root, file)) in origins for file in package.files or [])
    ]
    return sorted(found, key=lambda package: package.name.lower())


def metadata(packages: Iterable[importlib.metadata.Distribution], folder: Path) -> list[Entry]:
    """Return the metadata files that importlib.metadata needs; for cachibot also its list of files.

    Writes a copy of each METADATA to `folder` without the description, which is a package's whole page in the index.
    """
    found: list[Entry] = []
    for package in packages:
        info = next(file.parent for file in package.files or [] if file.name == "METADATA")
        headers = folder / info / "METADATA"
        headers.parent.mkdir(parents=True, exist_ok=True)
        text = Path(str(package.locate_file(info / "METADATA"))).read_text(encoding="utf-8")
        headers.write_text(text.partition("\n\n")[0] + "\n\n", encoding="utf-8", newline="\n")
        found.append((str(info / "METADATA"), str(headers), "DATA"))
        wanted = ["entry_points.txt", *(["RECORD"] if package.name == "cachibot" else [])]
        places = [(str(info / name), str(package.locate_file(info / name))) for name in wanted]
        found += [(place, origin, "DATA") for place, origin in places if Path(origin).is_file()]
    return found


def migrations() -> list[tuple[str, str]]:
    """Return the source files of the migrations, because alembic runs them as files, not as modules."""
    root = Path(site_packages())
    folder = root / "cachibot" / "storage" / "alembic"
    return [(str(file), str(file.parent.relative_to(root))) for file in sorted(folder.rglob("*.py"))]


def site_packages() -> str:
    """Return the folder of the locked packages."""
    spec = importlib.util.find_spec("cachibot")
    if spec is None or not spec.origin:
        raise SystemExit("cachibot is not installed. `npm run backend` installs it.")
    return str(Path(spec.origin).parents[1])


def preserve_package_folders() -> None:
    """Make PyInstaller keep each library in the folder of its package.

    By default it does so only for packages of the environment it runs in, and the server's packages are in another.
    In a single folder, libraries would lose the names by which `protect_from_strip` recognises them.
    """
    site.PREFIXES.append(str(prefix_of(Path(site_packages()), windows=sys.platform == "win32")))


def prefix_of(packages: PurePath, *, windows: bool) -> PurePath:
    """Return the environment that contains `Lib/site-packages` or `lib/python3.12/site-packages`."""
    return packages.parents[1 if windows else 2]


def without_unused_files(entries: Iterable[Entry]) -> list[Entry]:
    """Remove bytecode, tests, headers and type stubs that packages contain as data."""
    return [entry for entry in entries if not _UNUSED.search(PurePath(entry[0]).as_posix())]


def protect_from_strip(entries: Iterable[Entry]) -> list[Entry]:
    """Mark the libraries as data that strip would break.

    auditwheel has moved the headers of these libraries, so that after strip they fail to load: "ELF load command
    address/offset not page-aligned".
    """
    if sys.platform != "linux":
        return list(entries)
    return [
        (place, origin, "DATA" if _is_patched(place) and kind == "BINARY" else kind) for place, origin, kind in entries
    ]


def _is_patched(place: str) -> bool:
    return any(part.endswith(".libs") for part in PurePath(place).parts)


def pyinstaller_folders(folder: str) -> list[Path]:
    """Return the folders of PyInstaller's own code in every bundle: its importer and its runtime hooks."""
    return [Path(folder) / name for name in ("PyInstaller", "_pyinstaller_hooks_contrib")]


def restrict_library_search() -> None:
    """Keep PyInstaller from taking libraries from programs on PATH.

    Java, Git and others contain a VC runtime and parts of Windows of their own. On other systems PyInstaller does not
    search PATH for libraries.
    """
    if WINDOWS is not None:
        os.environ["PATH"] = str(Path(WINDOWS, "System32"))


def is_system_library(origin: str, kind: str, windows: str | None) -> bool:
    """Return whether an entry is a system library that the bundle may contain.

    On Windows, whose folder is `windows`, only the VC runtime may be in the bundle: a fresh Windows lacks it, so
    PyInstaller includes it on purpose.
    """
    if kind != "BINARY":
        return False
    if windows is None:
        return any(Path(origin).is_relative_to(folder) for folder in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"))
    file = PureWindowsPath(origin)
    return file.parent == PureWindowsPath(windows, "System32") and _VC_RUNTIME.fullmatch(file.name) is not None


def check_origins(entries: Iterable[Entry], project: Path, allowed: Iterable[Path]) -> None:
    """Check that all entries come from the locked packages, Python itself, the system and this project.

    Raises:
        SystemExit: an entry has another origin; names the first few.
    """
    origins = [
        Path(site_packages()),
        Path(sysconfig.get_path("stdlib")),
        Path(sys.base_prefix),
        project / "desktop",
        *allowed,
    ]
    foreign = [
        f"{name} ({origin})"
        for name, origin, kind in entries
        if origin not in ("", "-")  # namespace packages have no origin
        and kind != "SYMLINK"
        and not any(Path(origin).is_relative_to(folder) for folder in origins)
        and not is_system_library(origin, kind, WINDOWS)
    ]
    if foreign:
        raise SystemExit(f"Not from the lock: {', '.join(foreign[:5])}{' and others' if len(foreign) > 5 else ''}")
