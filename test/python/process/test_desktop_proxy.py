"""The proxy of the desktop's settings, as the shell reports it, reaches the server's libraries, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import prompture
import pytest

from cachibot_desktop.process import network_environment
from cachibot_desktop.process.desktop_proxy import ELSEWHERE, PROVIDERS, DesktopProxy, combine
from cachibot_desktop.process.system_proxy import SystemProxy
from server_process import PYTHON, ROOT, ServerProcess, environment
from systems import variable

MACHINE = "/api/desktop/machine"
LOOPBACK = "127.0.0.1,localhost,::1"


class TestReport:
    @pytest.mark.parametrize("body", ["", "{", "[]", '{"zone":1}', '{"proxies":[]}', '{"proxies":{"https://a":1}}'])
    def test_a_malformed_report_is_refused(self, server: ServerProcess, body: str) -> None:
        assert server.request("POST", MACHINE, content=body.encode()).status_code == 400

    def test_it_needs_the_token(self, server: ServerProcess) -> None:
        assert server.request("POST", MACHINE, token=False, json={}).status_code == 401


CHILD = """
import json, os, subprocess, sys
from pathlib import Path
from cachibot_desktop.launch_options import LaunchOptions
from cachibot_desktop.process import child_environment, network_environment
from cachibot_desktop.process.desktop_proxy import DesktopProxy
launch = LaunchOptions(port=1, workspace=Path.cwd(), home=Path.home(), token="")
child_environment.patch_spawn(child_environment.restore_caller_env(launch, os.environ, frozen=False))
proxy = DesktopProxy(os.environ)
network_environment.prepare(os.environ)
proxy.apply({"https://api.openai.com": "http://10.0.0.1:8080", "https://direct.example": None})
show = "import json, os; print(json.dumps({n: v for n, v in os.environ.items() if n.lower().endswith('_proxy')}))"
child = [sys.executable, "-c", show]
print(json.dumps([
    {n: v for n, v in os.environ.items() if n.lower().endswith("_proxy")},
    json.loads(subprocess.check_output(child)),
    json.loads(subprocess.check_output(child, env={**os.environ, "OF_TOOL": "1"})),
]))
"""


def test_what_the_agent_starts_keeps_the_callers_variables(home: Path) -> None:
    caller = {"NO_PROXY": "intranet.example"}
    variables = environment(home, PYTHONPATH=str(ROOT / "desktop"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        del variables[name]
    output = subprocess.check_output([PYTHON, "-c", CHILD], env={**variables, **caller}, cwd=home, text=True)
    ours, *of_children = json.loads(output)
    assert ours["HTTPS_PROXY"] == ours[variable("https_proxy")] == "http://10.0.0.1:8080"
    assert ours["NO_PROXY"] == ours[variable("no_proxy")] == f"intranet.example,direct.example,{LOOPBACK}"
    assert of_children == [caller, caller]


@pytest.mark.parametrize(
    ("routes", "urls", "exceptions", "ignored"),
    [
        ({}, {}, (), {}),
        ({"https://a.example": None}, {}, (), {}),
        ({"https://a.example": "http://p:1"}, {"https": "http://p:1"}, (), {}),
        (
            {"https://a.example": "http://p:1", "https://b.example": None, "http://c.example": None},
            {"https": "http://p:1"},
            ("b.example",),
            {},
        ),
        (
            {"https://a.example": None, "https://b.example:8443": "http://p:1", "http://b.example": "socks5h://q:2"},
            {"https": "http://p:1", "http": "socks5h://q:2"},
            ("a.example",),
            {},
        ),
        (
            {"https://a.example": "http://p:1", "https://b.example": "http://q:2"},
            {"https": "http://p:1"},
            (),
            {"https://b.example": "http://q:2"},
        ),
    ],
)
def test_one_proxy_for_each_scheme_and_exceptions(
    routes: dict[str, str | None], urls: dict[str, str], exceptions: tuple[str, ...], ignored: dict[str, str]
) -> None:
    assert combine(routes) == (SystemProxy(urls, exceptions), ignored)


def test_each_report_replaces_the_one_before() -> None:
    environ = {"NO_PROXY": "a.example", "PATH": "/bin"}
    proxy = DesktopProxy(environ)
    network_environment.prepare(environ, SystemProxy())
    before = dict(environ)
    proxy.apply({"https://b.example": "http://p:1", "https://c.example": None})
    assert environ["HTTPS_PROXY"] == "http://p:1"
    assert environ["NO_PROXY"] == f"a.example,c.example,{LOOPBACK}"
    proxy.apply({"https://b.example": None})
    assert environ == before


def test_addresses_are_those_of_providers_and_endpoints_and_carry_no_secret() -> None:
    environ = {
        "OPENAI_BASE_URL": "https://me:secret@gateway.example:8443/openai/v1?key=secret",
        "LOCAL_HTTP_ENDPOINT": "http://[fd00::1]/generate",
        "OLLAMA_ENDPOINT": "http://127.0.0.1:11434/api/generate",
        "LMSTUDIO_ENDPOINT": "http://localhost:1234/v1",
        "CACHE_REDIS_URL": "redis://cache.example",
        "AZURE_API_ENDPOINT": "https://[broken",
        "HTTPS_PROXY": "http://proxy.example",
    }
    addresses = DesktopProxy(environ).addresses()
    assert addresses == [*ELSEWHERE, *PROVIDERS, "https://gateway.example:8443", "http://[fd00::1]"]


def test_every_provider_of_the_package_is_among_the_addresses() -> None:
    folder = Path(prompture.__file__).parent
    sources = [*folder.glob("drivers/*.py"), folder / "infra" / "settings.py"]
    found = {url for file in sources for url in re.findall(r"\"(https://[a-z0-9.-]+)/", file.read_text())}
    assert found - {"https://github.com", "https://my-eastus.openai.azure.com"} <= set(PROVIDERS)
