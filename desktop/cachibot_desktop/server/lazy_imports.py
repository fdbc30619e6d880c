"""Defers the import of heavy packages that the first screen does not need until they are used.

prompture imports the SDK of every provider, and cachibot imports PDF and array libraries,
all before the server is ready: about half of the startup time. Here an import statement
returns the module object immediately, and the module's code runs at the first use.

A missing package still fails at the import statement. A broken package fails at its first use.

Two threads that import parts of a package at the same time may wait for each other. Python finds that out for its own
locks, and lets a thread continue with a package that is incomplete. The locks here do the same.
"""

from __future__ import annotations

import importlib
import importlib._bootstrap
import importlib.machinery
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

DEFERRED: Mapping[str, frozenset[str]] = {
    "aiohttp": frozenset(),
    "anthropic": frozenset(),
    "asyncpg": frozenset(),
    "docx": frozenset(),
    "email_validator": frozenset(),
    "fastembed": frozenset(),
    "google.genai": frozenset(),
    "google.genai.types": frozenset(),
    "groq": frozenset(),
    # httpx's command line, with rich, pygments and click. `httpx` imports its name.
    "httpx._main": frozenset({"main"}),
    "jsonschema": frozenset(),
    "lxml.etree": frozenset(),
    "numpy": frozenset({"ndarray"}),
    "onnxruntime": frozenset(),
    "openai": frozenset({"OpenAI", "AsyncOpenAI", "AzureOpenAI", "AsyncAzureOpenAI"}),
    # FastAPI asks of each model whether it is one of the old pydantic.
    "pydantic.v1": frozenset({"BaseModel"}),
    "pymupdf": frozenset(),
    "requests": frozenset(),
    # uvicorn's command line and its process supervisors. `uvicorn` imports its names.
    "uvicorn.main": frozenset({"Server", "main", "run"}),
    "yaml": frozenset(),
}
"""Modules to defer. The values are classes that other modules import by name but do not use at once."""

DEADLOCK_CHECK_SECONDS = 0.02
"""Interval in which a thread that waits for a module checks whether it waits for itself."""


def install() -> None:
    """Defer the modules in `DEFERRED` that have not been imported yet. A second call does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def load_all() -> None:
    """Import everything that is still deferred.

    Raises:
        Exception: the import of a deferred package failed.
    """
    for name in DEFERRED:
        load_package(name)


def load_package(name: str) -> None:
    """Import a package if something has imported it and it is still deferred.

    Raises:
        Exception: its import failed.
    """
    module = sys.modules.get(name)
    if isinstance(module, LazyModule):
        load(module)


class LazyModule(ModuleType):
    """A module whose code has not run yet. Access to a name that is missing runs the code.

    The class has no methods: names of the module would hide them (numpy has a `load`).
    """

    # Python calls it for missing names only; __spec__, __path__ and others exist.
    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # `from module import name` looks for it, to find out whether the module is a package
            raise AttributeError(name=name, obj=self)
        full = f"{self.__name__}.{name}"
        if full in DEFERRED:
            return importlib.import_module(full)
        loader = _lazy_loader_of(self)
        if loader is not None and loader.is_running_here():
            raise _not_yet(self, name)
        if name in DEFERRED[self.__name__]:
            return DeferredClass(self, name)
        load(self)
        if isinstance(self, LazyModule) and name not in vars(self):
            raise _not_yet(self, name)
        return getattr(self, name)


def _not_yet(module: ModuleType, name: str) -> AttributeError:
    """Return the error for a circular import while the code runs: a missing name is an error, as in any module."""
    return AttributeError(f"module {module.__name__!r} has no attribute {name!r} yet", name=name, obj=module)


def load(module: ModuleType) -> None:
    """Run the code of a deferred module; if another thread is running it, wait for that thread.

    The module is incomplete if this thread is running it, or if the other thread waits for this one.
    """
    parent = sys.modules.get(module.__name__.rpartition(".")[0])
    if isinstance(parent, LazyModule):
        load(parent)
    loader = _lazy_loader_of(module)
    if loader is not None:
        loader.run(module)


def _lazy_loader_of(module: ModuleType) -> _LazyLoader | None:
    loader = module.__spec__.loader if module.__spec__ else None
    return loader if isinstance(loader, _LazyLoader) else None


class DeferredClass:
    """Placeholder for a class of a deferred module. A call or an attribute access imports the class."""

    def __init__(self, module: LazyModule, name: str) -> None:
        self._module = module
        self._name = name

    def _real(self) -> Any:
        load(self._module)
        if isinstance(self._module, LazyModule) and self._name not in vars(self._module):
            raise _not_yet(self._module, self._name)
        return getattr(self._module, self._name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._real()(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)

    def __or__(self, _other: object) -> Any:
        """Support annotations such as `list[float] | numpy.ndarray`, which are never evaluated further."""
        return Any

    __ror__ = __or__

    def __instancecheck__(self, instance: object) -> bool:
        return not _has_not_begun(self._module) and isinstance(instance, self._real())

    def __subclasscheck__(self, subclass: type) -> bool:
        return not _has_not_begun(self._module) and issubclass(subclass, self._real())


def _has_not_begun(module: LazyModule) -> bool:
    """Return whether no code of the module has run: there are no objects of its classes yet."""
    loader = _lazy_loader_of(module)
    return loader is not None and not loader.is_running_here()


class _LazyLoader(Loader):
    """Creates the module object, and runs its code once, at the first use."""

    def __init__(self, real: Loader) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._running_in: int | None = None
        self._done = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = LazyModule

    def run(self, module: ModuleType) -> None:
        if self.is_running_here() or not self._acquire():
            return
        try:
            if self._done:
                return
            spec = module.__spec__
            assert spec is not None, "the module was created from its spec"
            self._running_in = threading.get_ident()
            try:
                self._real.exec_module(module)
            except BaseException:
                # As after any failed import, the next import statement tries again.
                sys.modules.pop(spec.name, None)
                raise
            finally:
                self._running_in = None
            self._done = True
            # From now on it is an ordinary module.
            module.__class__ = ModuleType
            spec.loader = module.__loader__ = self._real
        finally:
            self._lock.release()

    def _acquire(self) -> bool:
        """Wait until no other thread runs the module. Return False if the other thread waits for this one."""
        if self._lock.acquire(blocking=False):
            return True
        this_thread = threading.get_ident()
        _waiting[this_thread] = self
        try:
            while not self._lock.acquire(timeout=DEADLOCK_CHECK_SECONDS):
                if this_thread in _awaited_by(self._running_in):
                    return False
            return True
        finally:
            del _waiting[this_thread]

    def running_thread(self) -> int | None:
        """Return the thread that is running the module's code."""
        return self._running_in

    def is_running_here(self) -> bool:
        """Return whether this thread is running the module's code."""
        return self._running_in == threading.get_ident()


_waiting: dict[int, _LazyLoader] = {}
"""The module that a thread waits for, by thread."""


def _awaited_by(thread: int | None) -> set[int]:
    """Return the threads for which a thread waits to import a module, directly or through others."""
    found: set[int] = set()
    pending = [thread]
    while pending:
        current = pending.pop()
        if current is None or current in found:
            continue
        found.add(current)
        if (loader := _waiting.get(current)) is not None:
            pending.append(loader.running_thread())
        python_locks = vars(importlib._bootstrap).get("_blocking_on", {}).get(current) or ()
        pending.extend(lock.owner for lock in list(python_locks))
    return found


class _ParentFirstLoader(Loader):
    """Imports a submodule of a deferred package after the package itself, as Python does."""

    def __init__(self, parent: LazyModule, real: Loader) -> None:
        self._parent = parent
        self._real = real
        self._exists = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        load(self._parent)
        existing = sys.modules.get(spec.name)
        self._exists = existing is not None
        return existing if existing is not None else self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None, "the module was created from its spec"
        spec.loader = module.__loader__ = self._real
        if not self._exists:
            self._real.exec_module(module)


class _Finder(MetaPathFinder):
    """Finds modules with the other finders, and defers those in `DEFERRED`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if fullname not in DEFERRED and not isinstance(parent, LazyModule):
            return None
        spec = self._find_with_other_finders(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        if fullname in DEFERRED:
            spec.loader = _LazyLoader(spec.loader)
        elif isinstance(parent, LazyModule):
            spec.loader = _ParentFirstLoader(parent, spec.loader)
        return spec

    def _find_with_other_finders(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                return spec
        return None
