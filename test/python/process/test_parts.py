"""Parts without a process: the family, lazy modules, children's environment."""

from __future__ import annotations

import json
import signal
import site
import subprocess
from pathlib import Path

import psutil
import pytest

from cachibot_desktop.launch_options import LaunchOptions, read_launch_options
from cachibot_desktop.process import descendants
from cachibot_desktop.process.child_environment import restore_caller_env
from cachibot_desktop.process.descendants import Row, find_descendants
from contents import is_system_library, preserve_package_folders
from server_process import PYTHON, environment

DESKTOP = Path(__file__).parents[3] / "desktop"


def p(pid: int, parent: int, group: int, *, zombie: bool = False) -> Row:
    return Row(pid, parent, group, zombie)


def test_the_family_is_everything_below_and_in_the_own_group() -> None:
    table = [p(1, 0, 1), p(10, 1, 10), p(11, 10, 10), p(12, 11, 12), p(13, 1, 10), p(14, 13, 14), p(20, 1, 20)]
    assert sorted(find_descendants(10, table)) == [11, 12, 13, 14]


def test_a_group_led_by_somebody_else_is_left_alone() -> None:
    table = [p(1, 0, 1), p(5, 1, 5), p(10, 5, 5), p(11, 10, 5), p(12, 5, 5)]
    assert find_descendants(10, table) == [11]


def test_the_family_never_holds_ourselves_or_the_dead() -> None:
    table = [p(10, 10, 10), p(11, 10, 10, zombie=True), p(12, 11, 10)]
    assert find_descendants(10, table) == [12]


def launch(caller: dict[str, str | None]) -> LaunchOptions:
    return LaunchOptions(port=1, workspace=Path("/w"), home=Path("/h"), token="0" * 64, caller_env=caller)


def test_children_inherit_what_the_caller_had() -> None:
    environ = {
        "PATH": "/ours:/bin",
        "CACHIBOT_DESKTOP": "true",
        "_CACHIBOT_PORT": "1",
        "CACHIBOT_WORKSPACE": "/w",
        "A": "1",
    }
    inherited = restore_caller_env(launch({"PATH": "/bin", "A": None, "NEW": "2"}), environ, frozen=False)
    assert inherited == {"PATH": "/bin", "NEW": "2"}
    assert environ["CACHIBOT_DESKTOP"] == "true", "cachibot itself still reads it"
    assert environ["PATH"] == "/bin"


def test_a_callers_own_settings_of_cachibot_are_given_back() -> None:
    environ = {"CACHIBOT_WORKSPACE": "/w"}
    inherited = restore_caller_env(
        launch({"CACHIBOT_WORKSPACE": "/callers", "CACHIBOT_DESKTOP": None}), environ, frozen=False
    )
    assert inherited == {"CACHIBOT_WORKSPACE": "/callers"}
    assert environ == {"CACHIBOT_WORKSPACE": "/w"}


def test_pid_0_of_macos_is_none_of_our_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pid0:
        pid = 0

    me = psutil.Process()
    monkeypatch.setattr(psutil, "process_iter", lambda _: iter([Pid0(), me]))
    assert descendants._processes() == {me.pid: me}


def test_a_process_that_cannot_be_signalled_does_not_keep_the_others_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    signalled = []

    class Refusing:
        def send_signal(self, sign: int) -> None:
            raise ValueError("preventing sending signal to process with PID 0")

    class Willing:
        def send_signal(self, sign: int) -> None:
            signalled.append(sign)

    monkeypatch.setattr(descendants, "_living_descendants", lambda: [Refusing(), Willing()])
    descendants._signal_descendants(signal.SIGTERM)
    assert signalled == [signal.SIGTERM]


def test_the_callers_database_and_home_are_for_children_only() -> None:
    environ = {"HOME": "/data"}
    inherited = restore_caller_env(
        launch({"HOME": "/callers", "DATABASE_URL": "postgres://theirs"}), environ, frozen=False
    )
    assert inherited == {"HOME": "/callers", "DATABASE_URL": "postgres://theirs"}
    assert environ == {"HOME": "/data"}, "in the server they would move the person's data"


def test_a_child_given_a_copy_of_our_environment_gets_the_callers_home(home: Path) -> None:
    snippet = """
import os, subprocess, sys
from cachibot_desktop.process import child_environment as children
os.environ["HOME"] = "/data"
children.patch_spawn({"HOME": "/callers"})
show = [sys.executable, "-c", "import os; print(os.environ['HOME'], end=' ')"]
said = [subprocess.run(show, env=env, capture_output=True, text=True, check=True).stdout
        for env in (None, {**os.environ}, {**os.environ, "HOME": "/own"})]
print(json.dumps(said))
"""
    assert python(snippet, home) == ["/callers ", "/callers ", "/own "]


def test_what_the_freezer_changed_is_given_back_without_being_told() -> None:
    environ = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/callers"}
    assert restore_caller_env(launch({}), environ, frozen=True) == {"LD_LIBRARY_PATH": "/callers"}
    assert restore_caller_env(launch({}), {"LD_LIBRARY_PATH": "/bundle"}, frozen=True) == {}
    notes = {"_PYI_ARCHIVE_FILE": "/bundle/cachibot-server", "_PYI_PARENT_PROCESS_LEVEL": "1"}
    assert restore_caller_env(launch({}), notes, frozen=True) == {}
    assert notes == {}


def test_orders_leave_the_environment_when_they_are_read() -> None:
    environ = {"CACHIBOT_DESKTOP_TOKEN": "0" * 64, "CACHIBOT_DESKTOP_PARENT": "1", "CACHIBOT_DESKTOP_CALLER_ENV": "{}"}
    read = read_launch_options(5870, environ)
    assert not [name for name in environ if name.startswith("CACHIBOT_DESKTOP_")]
    assert "0000" not in repr(read)


def python(snippet: str, home: Path) -> object:
    """Run a snippet with the deferred imports in a process of its own; what it prints, from JSON."""
    begin = "import json, sys; from cachibot_desktop.server import lazy_imports as lazy; lazy.install()\n"
    answer = subprocess.run(
        [PYTHON, "-c", begin + snippet],
        env=environment(home, PYTHONPATH=str(DESKTOP)),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_deferred_packages_are_imported_by_their_use_only(home: Path) -> None:
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


def test_a_module_inside_a_deferred_package_comes_after_the_package(home: Path) -> None:
    assert python(
        """
import anthropic.types.message
import anthropic
print(json.dumps([sys.modules["anthropic.types.message"] is anthropic.types.message, type(anthropic).__name__]))
""",
        home,
    ) == [True, "module"]


def test_a_missing_package_fails_at_its_import_and_a_broken_one_at_its_use(home: Path) -> None:
    (home / "broken").mkdir()
    (home / "broken" / "groq.py").write_text("raise RuntimeError('broken')")
    assert python(
        f"""
lazy.DEFERRED = {{**lazy.DEFERRED, "not_there": frozenset()}}
try: import not_there; first = "imported"
except ModuleNotFoundError: first = "missing"
sys.path.insert(0, {str(home / "broken")!r})
import groq
try: groq.Groq; second = "used"
except RuntimeError: second = "broken"
print(json.dumps([first, second]))
""",
        home,
    ) == ["missing", "broken"]


def test_two_threads_wait_for_one_another(home: Path) -> None:
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


@pytest.mark.left_to_ci
def test_the_self_test_of_this_installation_passes(home: Path) -> None:
    answer = subprocess.run(
        [PYTHON, str(DESKTOP / "pyinstaller-server.py"), "--self-test"],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    print(answer.stdout)
    assert answer.returncode == 0
    last = answer.stdout.strip().splitlines()[-1]
    assert last.startswith("self-test passed")
    assert " 0 problems" in last


@pytest.mark.parametrize(
    ("origin", "kind", "windows", "may"),
    [
        (r"C:\Windows\System32\msvcp140.dll", "BINARY", r"C:\Windows", True),
        (r"C:\WINDOWS\system32\MSVCP140_1.dll", "BINARY", r"C:\Windows", True),
        (r"D:\Windows\System32\vcruntime140_1.dll", "BINARY", r"D:\Windows", True),
        (r"C:\Windows\System32\concrt140.dll", "BINARY", r"C:\Windows", True),
        (r"C:\Windows\System32\msvcp140.dll", "DATA", r"C:\Windows", False),
        (r"C:\Windows\System32\msvcp140d.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Windows\System32\version.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Windows\System32\spool\msvcp140.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Program Files\Java\bin\msvcp140.dll", "BINARY", r"C:\Windows", False),
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3", "BINARY", None, True),
        ("/usr/lib/python3/dist-packages/x.py", "PYMODULE", None, False),
        ("/usr/local/lib/libssl.so.3", "BINARY", None, False),
    ],
)
def test_of_the_system_a_bundle_carries_libraries_and_of_windows_the_vc_runtime(
    origin: str, kind: str, windows: str | None, may: bool
) -> None:
    assert is_system_library(origin, kind, windows) is may


@pytest.mark.parametrize(
    ("platform", "packages"), [("win32", "Lib/site-packages"), ("linux", "lib/python3.12/site-packages")]
)
def test_the_freezer_looks_for_packages_in_the_environments_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, packages: str
) -> None:
    monkeypatch.setattr("contents.site_packages", lambda: str(tmp_path / packages))
    monkeypatch.setattr("site.PREFIXES", [])
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("sys.platform", platform)
        preserve_package_folders()
    # From each of these the freezer goes down again: on Windows to lib\\site-packages.
    (prefix,) = site.PREFIXES
    assert prefix == str(tmp_path)
