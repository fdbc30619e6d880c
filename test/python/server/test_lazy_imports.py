"""Deferred imports of heavy packages, each in a separate process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachibot_process import CachibotProcess
from server_process import run_python


def python(snippet: str, home: Path) -> object:
    """Run a snippet with deferred imports in a separate process; return its output, parsed as JSON."""
    setup = "import json, sys; from cachibot_desktop.server import lazy_imports as lazy; lazy.install()\n"
    return json.loads(run_python(home, setup + snippet))


def test_deferred_packages_are_imported_when_they_are_used(home: Path) -> None:
    assert python(
        """
from openai import OpenAI
import anthropic, numpy as np
from google.genai import types
before = [name in sys.modules for name in ("openai._client", "anthropic._client", "google.genai.client", "numpy._core")]
client = OpenAI(api_key="x"); anthropic.Anthropic; types.Content; np.ndarray; np.zeros(1)
after = [name in sys.modules for name in ("openai._client", "anthropic._client", "google.genai.client", "numpy._core")]
print(json.dumps([before, after, type(client).__name__, isinstance(np.zeros(1), np.ndarray)]))
""",
        home,
    ) == [[False] * 4, [True] * 4, "OpenAI", True]


def test_a_deferred_package_is_imported_before_its_submodule(home: Path) -> None:
    assert python(
        """
import anthropic.types.message
import anthropic
print(json.dumps([sys.modules["anthropic.types.message"] is anthropic.types.message, type(anthropic).__name__]))
""",
        home,
    ) == [True, "module"]


def test_a_missing_package_fails_at_import_and_a_broken_package_at_use(home: Path) -> None:
    (home / "broken").mkdir()
    (home / "broken" / "groq.py").write_text("raise RuntimeError('broken')")
    assert python(
        f"""
lazy.DEFERRED = {{**lazy.DEFERRED, "missing_package": frozenset()}}
try: import missing_package; first = "imported"
except ModuleNotFoundError: first = "missing"
sys.path.insert(0, {str(home / "broken")!r})
import groq
try: groq.Groq; second = "used"
except RuntimeError: second = "broken"
print(json.dumps([first, second]))
""",
        home,
    ) == ["missing", "broken"]


def test_threads_wait_for_the_thread_that_runs_the_module(home: Path) -> None:
    assert (
        python(
            """
import threading, numpy
found = []
threads = [threading.Thread(target=lambda: found.append(hasattr(numpy, "linalg"))) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(json.dumps(found))
""",
            home,
        )
        == [True] * 8
    )


@pytest.mark.parametrize(
    "part", ["VALUE = 1", "from . import other; VALUE = 1", "import package as p; VALUE = p.FIRST"]
)
def test_threads_that_import_a_package_and_its_part_do_not_wait_for_each_other(home: Path, part: str) -> None:
    """One thread runs the package, which imports the part; the other one imports the part, which waits for it."""
    package = home / "package"
    package.mkdir()
    began = ("import sys, time", "FIRST = 1", "sys.began.set()", "time.sleep(0.3)")
    (package / "__init__.py").write_text("\n".join((*began, "from .part import VALUE", "LAST = 2")))
    (package / "part.py").write_text(part)
    (package / "other.py").write_text("")
    assert python(
        f"""
import threading
lazy.DEFERRED = {{**lazy.DEFERRED, "package": frozenset()}}
sys.path.insert(0, {str(home)!r})
sys.began = threading.Event()
import package
found = []
def use(): found.append(package.LAST)
def import_part():
    sys.began.wait()
    from package.part import VALUE
    found.append(VALUE)
threads = [threading.Thread(target=each, daemon=True) for each in (use, import_part)]
[thread.start() for thread in threads]; [thread.join(10) for thread in threads]
same = not any(thread.is_alive() for thread in threads) and package.part is sys.modules["package.part"]
print(json.dumps([sorted(found), type(package).__name__, same]), flush=True)
import os; os._exit(0)
""",
        home,
    ) == [[1, 2], "module", True]


def test_the_server_does_not_import_what_uvicorns_command_line_needs(home: Path) -> None:
    assert python("import uvicorn; print(json.dumps('watchfiles' in sys.modules))", home) is False


def test_a_test_for_a_class_of_a_package_that_nothing_has_used_does_not_import_it(home: Path) -> None:
    assert python(
        """
from pydantic import BaseModel, v1
class Model(BaseModel): ...
before = [issubclass(Model, v1.BaseModel), isinstance(Model(), v1.BaseModel), "pydantic.v1.main" in sys.modules]
class Old(v1.BaseModel.__mro__[0]): ...
after = [issubclass(Model, v1.BaseModel), issubclass(Old, v1.BaseModel), isinstance(Old(), v1.BaseModel)]
print(json.dumps([before, after]))
""",
        home,
    ) == [[False, False, False], [False, True, True]]


def test_a_start_imports_no_package_that_the_first_page_does_without(tmp_path: Path) -> None:
    """Each costs 10 to 50 ms before the server is ready. Nothing imports them by another way."""
    with CachibotProcess(tmp_path, patched=True) as fresh:
        assert (
            fresh.run("""
            code = ("email_validator.syntax", "rich.console", "pygments.lexer", "jsonschema.validators", "httpcore",
                    "pydantic.v1.main", "requests.sessions", "urllib3", "yaml.loader", "openai._client", "numpy._core")
            answer = [name for name in code if name in sys.modules]
        """)
            == []
        )
