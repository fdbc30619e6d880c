"""With the caller's proxy and certificate variables, each model is reached with or without the proxy as intended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest

from cachibot_desktop.process.network_environment import CERTIFICATES, prepare
from cachibot_desktop.process.system_proxy import SystemProxy, no_proxy_entries
from chat_client import chat_once
from ollama import ANSWER, Ollama
from proxy import HttpProxy, SocksProxy
from server_process import NO_PROXIES, ServerProcess

Start = Callable[..., ServerProcess]

DEAD = "127.0.0.1:9"
"""Nothing listens on the discard port, so a connection is refused at once."""


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with Ollama() as model:
        yield model


@pytest.mark.left_to_ci
@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({"ALL_PROXY": f"socks5://{DEAD}"}, "127.0.0.1"),
        ({"all_proxy": f"socks://{DEAD}/"}, "localhost"),
        ({"HTTP_PROXY": f"http://{DEAD}"}, "127.0.0.1"),
        ({"http_proxy": f"http://{DEAD}", "no_proxy": "intranet.example"}, "localhost"),
        ({"HTTP_PROXY": f"http://{DEAD}", "NO_PROXY": "[::1],fe80::/10"}, "127.0.0.1"),
    ],
    ids=["ALL_PROXY, SOCKS", "all_proxy as GNOME writes it", "HTTP_PROXY", "no_proxy of the caller", "IPv6 exceptions"],
)
def test_a_model_on_this_machine_is_reached_without_the_proxy(
    start: Start, ollama: Ollama, variables: dict[str, str], host: str
) -> None:
    endpoint = str(ollama.env["OLLAMA_ENDPOINT"]).replace("127.0.0.1", host)
    frames = chat_once(start(env={**NO_PROXIES, **ollama.env, "OLLAMA_ENDPOINT": endpoint, **variables}))
    assert ANSWER in frames, frames


@pytest.mark.left_to_ci
def test_variables_that_name_missing_certificates_are_ignored_and_logged(start: Start, ollama: Ollama) -> None:
    server = start(env={**ollama.env, **dict.fromkeys(CERTIFICATES, "/gone.pem")})
    frames = chat_once(server)
    assert ANSWER in frames, frames
    assert [name for name in CERTIFICATES if f"{name} names /gone.pem" not in server.stderr] == []


@pytest.mark.left_to_ci
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
def test_a_remote_model_is_reached_through_a_socks_proxy(start: Start, ollama: Ollama, scheme: str) -> None:
    model = ("127.0.0.1", int(str(ollama.env["OLLAMA_ENDPOINT"]).split(":")[2].split("/")[0]))
    with SocksProxy(model) as proxy:
        remote = {"OLLAMA_ENDPOINT": "http://model.example/api/generate", "ALL_PROXY": f"{scheme}://{proxy.address}"}
        frames = chat_once(start(env={**NO_PROXIES, **ollama.env, **remote}))
        assert ANSWER in frames, frames
        assert "model.example" in proxy.requested


@pytest.mark.left_to_ci
def test_an_http_proxy_gets_requests_to_other_computers(start: Start, ollama: Ollama) -> None:
    with HttpProxy() as proxy:
        remote = {"OLLAMA_ENDPOINT": "http://model.example/api/generate", "HTTP_PROXY": f"http://{proxy.address}"}
        chat_once(start(env={**NO_PROXIES, **ollama.env, **remote}))
        assert "POST http://model.example/api/chat HTTP/1.1" in proxy.requested


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a.example, .b.example"}, "a.example,.b.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "localhost,a.example:8080"}, "localhost,a.example:8080,127.0.0.1,::1"),
        ({"NO_PROXY": ""}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "*"}, "*"),
        ({"NO_PROXY": "a.example,*"}, "*"),
        ({"NO_PROXY": "[::1]:80,fe80::/10,10.0.0.0/8,é.example"}, "::1,10.0.0.0/8,xn--9ca.example,127.0.0.1,localhost"),
    ],
)
def test_loopback_is_added_to_the_callers_exceptions(before: dict[str, str], after: str) -> None:
    environ = dict(before)
    prepare(environ, SystemProxy())
    assert environ == {"NO_PROXY": after, "no_proxy": after}


def test_both_cases_keep_their_own_exceptions() -> None:
    environ = {"no_proxy": "", "NO_PROXY": "a.example"}
    prepare(environ, SystemProxy())
    assert environ == {"no_proxy": "127.0.0.1,localhost,::1", "NO_PROXY": "a.example,127.0.0.1,localhost,::1"}


SYSTEM = SystemProxy({"https": "socks4://proxy.example:1080"}, ("intranet.example",))


def test_the_systems_proxy_is_used_if_the_caller_names_none() -> None:
    environ = {"NO_PROXY": "a.example"}
    prepare(environ, SYSTEM)
    assert environ["HTTPS_PROXY"] == environ["https_proxy"] == "socks5://proxy.example:1080"
    assert environ["NO_PROXY"] == "a.example,intranet.example,127.0.0.1,localhost,::1"


def test_the_callers_proxy_overrides_the_systems() -> None:
    environ = {"ALL_PROXY": "http://other.example"}
    prepare(environ, SYSTEM)
    assert environ == {"ALL_PROXY": "http://other.example"} | dict.fromkeys(
        ("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1"
    )


def test_exceptions_of_windows_and_macos_are_converted() -> None:
    systems = ["*.example.com", "10.*", "192.168.*.*", "169.254/16", "intranet", "<local>", "a*b", "", None]
    expected = (".example.com", "10.0.0.0/8", "192.168.0.0/16", "169.254.0.0/16", "intranet")
    assert no_proxy_entries(systems) == expected


def test_variables_that_name_usable_certificates_are_kept(tmp_path: Path, capsys: Any) -> None:
    usable = {
        "SSL_CERT_FILE": certifi.where(),
        "SSL_CERT_DIR": os.pathsep.join((str(tmp_path / "gone"), str(tmp_path))),
        "REQUESTS_CA_BUNDLE": str(tmp_path),
        "CURL_CA_BUNDLE": certifi.where(),
    }
    environ = dict(usable)
    prepare(environ, SystemProxy())
    assert {name: environ.get(name) for name in usable} == usable
    assert capsys.readouterr().err == ""


def test_a_file_without_a_certificate_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "empty.pem"
    file.write_text("")
    environ = {"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(file), "REQUESTS_CA_BUNDLE": str(tmp_path / "\0")}
    prepare(environ, SystemProxy())
    assert not set(environ) & set(CERTIFICATES)
