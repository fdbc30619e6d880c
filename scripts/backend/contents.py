"""What goes into the frozen server and what does not; read by build/cachibot-server.spec."""

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
"""PyInstaller's: the place in the bundle, where it comes from, what it is."""

WHOLE = ("cachibot", "tukuy", "prompture")
"""Packages with all their modules and data: they find many of them by name, at run time."""

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
"""Packages whose modules are imported by name, in ways the freezer does not see."""

NAMED_ONLY_IN_STRINGS = (
    "anthropic",
    "google.genai",
    "groq",
    "openai",
    "pgvector.sqlalchemy",
)

LEFT_OUT = (
    # Never part of the lock; named so that a dependency which brings one of them in changes nothing here.
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
    # Windows of its own the server never opens.
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
    # onnxruntime asks for it in tools that convert models: 74 MB.
    "sympy",
    "mpmath",
    "onnxruntime.transformers",
    "onnxruntime.quantization",
    "onnxruntime.tools",
    # Our entry runs on asyncio's own loop, on every system alike.
    "uvloop",
    # Restarts a server when its source changes.
    "watchfiles",
    # A faster way to download models; without it huggingface_hub takes plain HTTPS. 9 MB.
    "hf_xet",
    # Compiles Fortran.
    "numpy.f2py",
    # Parts of lxml that nobody imports: python-docx needs etree. 5 MB.
    "lxml.objectify",
    "lxml.html.diff",
    "lxml.html._difflib",
    "lxml.isoschematron",
    # alembic runs these as files.
    "cachibot.storage.alembic",
)

LEFT_OUT_FILES = ["**/__pycache__/**", "**/*.pyc", "**/tests/**"]
"""Files of the packages in WHOLE that nothing reads."""

CAN_STRIP = sys.platform in ("linux", "darwin")

WINDOWS = os.environ.get("SYSTEMROOT", r"C:\Windows") if sys.platform == "win32" else None
"""The folder of Windows, where it is one."""

_VC_RUNTIME = re.compile(r"((concrt|vcamp|vccorlib|vcomp)140|(msvcp|vcruntime)140(_\w+)?)\.dll", re.IGNORECASE)
_TEST_MODULE = re.compile(r"(^|\.)(tests?|testing|conftest|__main__)(\.|$)")
# python-docx reads its template from the file default.docx, not from the folder it is packed from: 1 MB.
_LEFTOVER = re.compile(r"(^|/)(__pycache__|tests?|default-docx-template)/|\.(pyc|pyo|pyi|pxd|h|hpp|c|cpp|a|lib|pdb)$")


def standard_library() -> Iterator[str]:
    """Name every module of the standard library: plug-ins may import what cachibot never does."""
    folder = sysconfig.get_path("stdlib")
    for name in sorted(sys.stdlib_module_names):
        if name in LEFT_OUT or name == "antigravity" or name == "this":
            continue
        yield name
        inner = str(Path(folder) / name)
        for module in pkgutil.walk_packages([inner], f"{name}.", onerror=lambda _name: None):
            if is_wanted(module.name):
                yield module.name


def is_wanted(module: str) -> bool:
    """Tell whether a module is none of a test or a tool."""
    left_out = any(module == name or module.startswith(f"{name}.") for name in LEFT_OUT)
    return not left_out and not _TEST_MODULE.search(module)


def packages_of(entries: Iterable[Entry]) -> list[importlib.metadata.Distribution]:
    """Name the packages that at least one file or module comes from, sorted."""
    root = site_packages()
    origins = {origin for _name, origin, _kind in entries}
    found = [
        package
        for package in importlib.metadata.distributions(path=[root])
        if any(str(Path(root, file)) in origins for file in package.files or [])
    ]
    return sorted(found, key=lambda package: package.name.lower())


def metadata(packages: Iterable[importlib.metadata.Distribution], folder: Path) -> list[Entry]:
    """Name what importlib.metadata tells of each package; of cachibot its list of files, too.

    The descriptions, each a package's whole page in the index, stay out: what is left is written to `folder`.
    """
    found: list[Entry] = []
    for package in packages:
        info = next(file.parent for file in package.files or [] if file.name == "METADATA")
        heads = folder / info / "METADATA"
        heads.parent.mkdir(parents=True, exist_ok=True)
        text = Path(str(package.locate_file(info / "METADATA"))).read_text(encoding="utf-8")
        heads.write_text(text.partition("\n\n")[0] + "\n\n", encoding="utf-8", newline="\n")
        found.append((str(info / "METADATA"), str(heads), "DATA"))
        wanted = ["entry_points.txt", *(["RECORD"] if package.name == "cachibot" else [])]
        places = [(str(info / name), str(package.locate_file(info / name))) for name in wanted]
        found += [(place, origin, "DATA") for place, origin in places if Path(origin).is_file()]
    return found


def migrations() -> list[tuple[str, str]]:
    """Name the migrations' sources: alembic runs them as files, not as modules."""
    root = Path(site_packages())
    folder = root / "cachibot" / "storage" / "alembic"
    return [(str(file), str(file.parent.relative_to(root))) for file in sorted(folder.rglob("*.py"))]


def site_packages() -> str:
    """Return the folder of the locked packages."""
    spec = importlib.util.find_spec("cachibot")
    if spec is None or not spec.origin:
        raise SystemExit("cachibot is not installed: run `npm run backend`, which sees to that.")
    return str(Path(spec.origin).parents[1])


def keep_the_folders_of_packages() -> None:
    """Make the freezer leave each library in its package's folder.

    It does so for packages of the environment it runs in, and the server's are in one of their own.
    Libraries in one heap would lose the names that tell which ones strip breaks.
    """
    site.PREFIXES.append(str(prefix_of(Path(site_packages()), windows=sys.platform == "win32")))


def prefix_of(packages: PurePath, *, windows: bool) -> PurePath:
    """Return the environment that holds `Lib/site-packages` or `lib/python3.12/site-packages`."""
    return packages.parents[1 if windows else 2]


def without_leftovers(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out bytecode, tests, headers and type stubs that packages carry as data."""
    return [entry for entry in entries if not _LEFTOVER.search(PurePath(entry[0]).as_posix())]


def protected_from_strip(entries: Iterable[Entry]) -> list[Entry]:
    """Mark as data what strip would break.

    Libraries that auditwheel has patched have their headers where strip does not expect
    them: "ELF load command address/offset not page-aligned" when they are loaded.
    """
    if sys.platform != "linux":
        return list(entries)
    return [
        (place, origin, "DATA" if _is_patched(place) and kind == "BINARY" else kind) for place, origin, kind in entries
    ]


def _is_patched(place: str) -> bool:
    return any(part.endswith(".libs") for part in PurePath(place).parts)


def freezers_own(folder: str) -> list[Path]:
    """Name the parts of the freezer that go into every bundle: how a module is found, hooks that run first."""
    return [Path(folder) / name for name in ("PyInstaller", "_pyinstaller_hooks_contrib")]


def find_libraries_in_the_system_only() -> None:
    """Keep the freezer from taking libraries out of whatever is on PATH.

    Java, Git and others bring a VC runtime and parts of Windows of their own. On other systems libraries are not looked
    for on PATH.
    """
    if WINDOWS is not None:
        os.environ["PATH"] = str(Path(WINDOWS, "System32"))


def is_of_the_system(origin: str, kind: str, windows: str | None) -> bool:
    """Tell whether it is a library of the system that the bundle may carry.

    Of Windows, whose folder is `windows`, that is the VC runtime alone: a fresh Windows lacks it, so the freezer takes
    it along on purpose.
    """
    if kind != "BINARY":
        return False
    if windows is None:
        return any(Path(origin).is_relative_to(folder) for folder in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"))
    file = PureWindowsPath(origin)
    return file.parent == PureWindowsPath(windows, "System32") and _VC_RUNTIME.fullmatch(file.name) is not None


def check_origins(entries: Iterable[Entry], project: Path, allowed: Iterable[Path]) -> None:
    """Refuse what comes from anywhere but the locked packages, Python itself, the system and this project.

    Raises:
        SystemExit: something else would have been frozen; names the first few.
    """
    places = [
        Path(site_packages()),
        Path(sysconfig.get_path("stdlib")),
        Path(sys.base_prefix),
        project / "desktop",
        *allowed,
    ]
    foreign = [
        f"{name} ({origin})"
        for name, origin, kind in entries
        if origin not in ("", "-")  # namespaces come from nowhere
        and kind != "SYMLINK"
        and not any(Path(origin).is_relative_to(place) for place in places)
        and not is_of_the_system(origin, kind, WINDOWS)
    ]
    if foreign:
        raise SystemExit(f"Not from the lock: {', '.join(foreign[:5])}{' and others' if len(foreign) > 5 else ''}")
