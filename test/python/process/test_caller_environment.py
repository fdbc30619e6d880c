"""The environment that the server prepares for its children, without starting a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cachibot_desktop.launch_options import LaunchOptions, read_launch_options
from cachibot_desktop.process.child_environment import restore_caller_env
from server_process import run_python


@pytest.fixture
def ignore_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply the rules of other systems. Those of Windows, whose names have no case, are in `test_windows.py`."""
    monkeypatch.setattr(sys, "platform", "linux")


not_of_windows = pytest.mark.usefixtures("ignore_windows")


def launch(caller: dict[str, str | None]) -> LaunchOptions:
    return LaunchOptions(port=1, workspace=Path("/w"), home=Path("/h"), token="0" * 64, caller_env=caller)


@not_of_windows
def test_children_inherit_the_callers_environment() -> None:
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


@not_of_windows
def test_the_callers_own_cachibot_variables_are_restored_for_children() -> None:
    environ = {"CACHIBOT_WORKSPACE": "/w"}
    inherited = restore_caller_env(
        launch({"CACHIBOT_WORKSPACE": "/callers", "CACHIBOT_DESKTOP": None}), environ, frozen=False
    )
    assert inherited == {"CACHIBOT_WORKSPACE": "/callers"}
    assert environ == {"CACHIBOT_WORKSPACE": "/w"}


@not_of_windows
def test_only_children_get_the_callers_database_and_home() -> None:
    environ = {"HOME": "/data"}
    inherited = restore_caller_env(
        launch({"HOME": "/callers", "DATABASE_URL": "postgres://theirs"}), environ, frozen=False
    )
    assert inherited == {"HOME": "/callers", "DATABASE_URL": "postgres://theirs"}
    assert environ == {"HOME": "/data"}, "in the server they would move the user's data"


@not_of_windows
def test_only_children_get_the_callers_proxies() -> None:
    environ = {"no_proxy": "*"}
    inherited = restore_caller_env(launch({"http_proxy": "http://callers:1", "no_proxy": None}), environ, frozen=False)
    assert inherited == {"http_proxy": "http://callers:1"}
    assert environ == {"no_proxy": "*"}, "the user has chosen another proxy for the server"


def test_a_child_with_a_copy_of_our_environment_gets_the_callers_home(home: Path) -> None:
    snippet = """
import json, os, subprocess, sys
from cachibot_desktop.process import child_environment
os.environ["HOME"] = "/data"
child_environment.patch_spawn({"HOME": "/callers"})
show = [sys.executable, "-c", "import os; print(os.environ['HOME'], end=' ')"]
homes = [subprocess.run(show, env=env, capture_output=True, text=True, check=True).stdout
        for env in (None, {**os.environ}, {**os.environ, "HOME": "/own"})]
print(json.dumps(homes))
"""
    output = run_python(home, snippet)
    assert json.loads(output) == ["/callers ", "/callers ", "/own "]


@not_of_windows
def test_variables_changed_by_pyinstaller_are_restored() -> None:
    environ = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/callers"}
    assert restore_caller_env(launch({}), environ, frozen=True) == {"LD_LIBRARY_PATH": "/callers"}
    assert restore_caller_env(launch({}), {"LD_LIBRARY_PATH": "/bundle"}, frozen=True) == {}
    bootstrap = {"_PYI_ARCHIVE_FILE": "/bundle/cachibot-server", "_PYI_PARENT_PROCESS_LEVEL": "1"}
    assert restore_caller_env(launch({}), bootstrap, frozen=True) == {}
    assert bootstrap == {}


def test_launch_options_are_removed_from_the_environment() -> None:
    environ = {"CACHIBOT_DESKTOP_PARENT": "1", "CACHIBOT_DESKTOP_CALLER_ENV": "{}"}
    options = read_launch_options(5870, environ, lambda: "0" * 64)
    assert options.token == "0" * 64
    assert not [name for name in environ if name.startswith("CACHIBOT_DESKTOP_")]
    assert "0000" not in repr(options)
