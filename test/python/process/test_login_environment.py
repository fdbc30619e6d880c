"""The login shell's variables, as the shell reports them, reach the server and what it starts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cachibot_desktop.process.machine import Machine
from server_process import PYTHON, ROOT, ServerProcess, environment
from systems import needs_posix

MACHINE = "/api/desktop/machine"


@pytest.mark.parametrize(
    "variables", [[], {"PATH": 1}, {"PATH": ""}, {"PATH": "/a\0b"}, {"OPENAI_API_KEY": "secret"}, {"HOME": "/"}]
)
def test_other_variables_are_refused(server: ServerProcess, variables: object) -> None:
    assert server.request("POST", MACHINE, json={"environment": variables}).status_code == 400


CHILD = """
import json, os, subprocess, sys
from pathlib import Path
from cachibot_desktop.launch_options import LaunchOptions
from cachibot_desktop.process import child_environment, network_environment
from cachibot_desktop.process.machine import Machine
launch = LaunchOptions(port=1, workspace=Path.cwd(), home=Path.home(), token="")
inherited = child_environment.restore_caller_env(launch, os.environ, frozen=False)
child_environment.patch_spawn(inherited)
machine = Machine(os.environ, inherited)
network_environment.prepare(os.environ)
machine.apply(json.loads(sys.argv[1]))
show = "import json, os; print(json.dumps(dict(os.environ)))"
child = [sys.executable, "-c", show]
print(json.dumps([
    dict(os.environ),
    json.loads(subprocess.check_output(child)),
    json.loads(subprocess.check_output(child, env={**os.environ, "OF_TOOL": "1"})),
]))
"""


@needs_posix("Windows has no login shell, and its variables no case")
def test_the_server_and_its_children_have_the_variables(home: Path) -> None:
    variables = environment(home, PYTHONPATH=str(ROOT / "desktop"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        del variables[name]
    path = os.pathsep.join(["/opt/brew/bin", variables["PATH"]])
    login = {"PATH": path, "SSH_AUTH_SOCK": "/run/agent", "https_proxy": "http://proxy.example:1"}
    report = json.dumps({"environment": login})
    output = subprocess.check_output([PYTHON, "-c", CHILD, report], env=variables, cwd=home, text=True)
    for seen in json.loads(output)[1:]:
        assert {name: seen[name] for name in login} == login
        assert "HTTPS_PROXY" not in seen
    assert json.loads(output)[0]["PATH"] == path


def test_the_login_shells_proxies_precede_the_desktops_until_they_are_gone() -> None:
    environ: dict[str, str] = {}
    inherited: dict[str, str] = {}
    machine = Machine(environ, inherited)
    desktop = {"proxies": {"https://a.example": "http://desktop:1"}}
    machine.apply(desktop)
    assert environ["https_proxy"] == "http://desktop:1"
    machine.apply({"environment": {"https_proxy": "http://terminal:1"}, **desktop})
    assert environ["https_proxy"] == "http://terminal:1"
    assert inherited == {"https_proxy": "http://terminal:1"}
    machine.apply({"environment": {"PATH": "/bin"}, **desktop})
    assert environ["https_proxy"] == "http://desktop:1"
    assert inherited == {"PATH": "/bin"}


def test_a_proxy_in_the_settings_counts_for_the_server_only() -> None:
    of_settings = {"https_proxy": "http://settings:1"}
    environ = dict(of_settings)
    inherited: dict[str, str] = {}
    machine = Machine(environ, inherited, {"https_proxy": None, "HOME": "/home/ada"})
    machine.apply({"environment": {"PATH": "/bin", "https_proxy": "http://terminal:1"}})
    assert environ == {**of_settings, "PATH": "/bin"}
    assert inherited == {"PATH": "/bin", "https_proxy": "http://terminal:1"}


def test_the_same_report_changes_nothing() -> None:
    environ: dict[str, str] = {}
    machine = Machine(environ, {})
    report = {"environment": {"PATH": "/opt/brew/bin"}}
    machine.apply(report)
    environ["PATH"] = "/plugin/bin:/opt/brew/bin"
    machine.apply(report)
    assert environ["PATH"] == "/plugin/bin:/opt/brew/bin"


class Environment(dict[str, str]):
    """Records the variables that are removed."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.removed: list[str] = []

    def pop(self, name: str, default: Any = None) -> Any:
        self.removed.append(name)
        return super().pop(name, default)


def test_a_proxy_that_remains_is_never_missing() -> None:
    inherited = Environment({"https_proxy": "http://caller:1"})
    machine = Machine({}, inherited)
    machine.apply({"environment": {"https_proxy": "http://terminal:1", "http_proxy": "http://terminal:1"}})
    machine.apply({"environment": {"https_proxy": "http://terminal:2"}})
    assert inherited == {"https_proxy": "http://terminal:2"}
    assert "https_proxy" not in inherited.removed


def test_the_callers_proxies_of_children_count_again() -> None:
    inherited = {"https_proxy": "http://caller:1"}
    machine = Machine({}, inherited)
    machine.apply({"environment": {"https_proxy": "http://terminal:1"}})
    assert inherited == {"https_proxy": "http://terminal:1"}
    machine.apply({"environment": {}})
    assert inherited == {"https_proxy": "http://caller:1"}
