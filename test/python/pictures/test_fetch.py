"""A picture is fetched from the internet only, within limits. Here 127.0.0.1 stands for the internet."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path

import certifi
import pytest

from cachibot_desktop.pictures import fetch as fetching
from cachibot_desktop.pictures import words
from cachibot_desktop.pictures.fetch import NotShown, Picture, fetch
from proxy import HttpProxy, SocksProxy
from server_thread import start, stop
from tls import Authority

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"

NAMES = {
    "pictures.example": ["127.0.0.1"],
    "private.example": ["10.0.0.7"],
    "both.example": ["127.0.0.1", "10.0.0.7"],
    "dual.example": ["::1", "127.0.0.1"],
    "localhost": ["127.0.0.1"],
}


class _Pictures(BaseHTTPRequestHandler):
    """Answers by path: a picture, a redirect `/to/...`, or one of the unpleasant answers."""

    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        type(self).seen.append((self.path, dict(self.headers)))
        if self.path.startswith("/to/"):
            self._send(302, b"", Location=self.path[4:])
        elif self.path == "/slow":
            self._drip()
        elif self.path == "/loop":
            self._send(301, b"", Location="/loop")
        else:
            status, content, headers = ANSWERS[self.path]
            self._send(status, content, **headers)

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(content)

    def _drip(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n")
            for _ in range(100):
                self.wfile.write(b"X-Slow: 1\r\n")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "/png": (200, PNG, {"Content_Type": "image/png", "Set_Cookie": "a=1"}),
    "/svg": (200, SVG, {"Content_Type": "image/svg+xml"}),
    "/wrong-type": (200, PNG, {"Content_Type": "image/gif"}),
    "/bytes": (200, PNG, {"Content_Type": "application/octet-stream"}),
    "/no-type": (200, PNG, {}),
    "/html": (200, b"<html>", {"Content_Type": "text/html"}),
    "/html-as-png": (200, b"<html>", {"Content_Type": "image/png"}),
    "/png-as-html": (200, PNG, {"Content_Type": "text/html"}),
    "/packed": (200, PNG, {"Content_Type": "image/png", "Content_Encoding": "gzip"}),
    "/large": (200, PNG + bytes(100_000), {"Content_Type": "image/png"}),
    "/missing": (404, PNG, {"Content_Type": "image/png"}),
    "/empty": (200, b"", {"Content_Type": "image/png"}),
    "/partial": (206, PNG, {"Content_Type": "image/png"}),
}


@contextlib.contextmanager
def _serving(tls: Authority | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.context.wrap_socket(server.socket, server_side=True)
    start(server)
    try:
        yield server.server_address[1]
    finally:
        stop(server)


@pytest.fixture(autouse=True)
def _internet(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str) -> list[str]:
        with contextlib.suppress(ValueError):
            return [str(ip_address(host))]
        return NAMES.get(host, [])

    monkeypatch.setattr(fetching, "look_up", look_up)
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr(fetching, "own_networks", list)
    _Pictures.seen = []
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(name="port", scope="module")
def _port() -> Iterator[int]:
    with _serving() as port:
        yield port


def _fetch(address: str) -> Picture:
    return asyncio.run(fetch(address))


def _problem(address: str) -> str:
    with pytest.raises(NotShown) as problem:
        _fetch(address)
    return str(problem.value)


@pytest.mark.parametrize("path", ["/png", "/wrong-type", "/bytes", "/no-type"])
def test_a_picture_has_the_type_of_its_content(port: int, path: str) -> None:
    assert _fetch(f"http://pictures.example:{port}{path}") == Picture("image/png", PNG)


def test_an_svg_is_a_picture(port: int) -> None:
    assert _fetch(f"http://pictures.example:{port}/svg") == Picture("image/svg+xml", SVG)


def test_a_public_address_in_a_network_of_this_machine(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "own_networks", lambda: [ip_network("127.0.0.0/8")])
    assert _problem(f"http://pictures.example:{port}/png") == words.PRIVATE.format(host="pictures.example")
    assert _Pictures.seen == []


def test_a_request_tells_nothing_about_the_user(port: int) -> None:
    _fetch(f"http://pictures.example:{port}/to//png")
    (_, first), (path, headers) = _Pictures.seen
    assert path == "/png"
    assert first["Host"] == headers["Host"] == f"pictures.example:{port}"
    assert {name.lower() for name in headers} == {"host", "accept", "accept-encoding", "connection", "user-agent"}


@pytest.mark.parametrize(
    ("path", "words_of_it"),
    [
        ("/html", words.NOT_A_PICTURE),
        ("/html-as-png", words.NOT_A_PICTURE),
        ("/png-as-html", words.NOT_A_PICTURE),
        ("/packed", words.NOT_A_PICTURE),
        ("/empty", words.NOT_A_PICTURE),
        ("/missing", words.ERROR),
        ("/partial", words.ERROR),
        ("/loop", words.REDIRECTS),
    ],
)
def test_an_answer_that_is_not_a_picture(port: int, path: str, words_of_it: str) -> None:
    status = ANSWERS[path][0] if path in ANSWERS else 301
    assert _problem(f"http://pictures.example:{port}{path}") == words_of_it.format(
        host="pictures.example", status=status
    )


def test_a_picture_that_is_too_large(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 50_000)
    assert _problem(f"http://pictures.example:{port}/large") == words.TOO_LARGE.format(megabytes=0)


def test_a_slow_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    assert _problem(f"http://pictures.example:{port}/slow") == words.TIMEOUT.format(host="pictures.example")


@pytest.mark.parametrize("host", ["private.example", "both.example", "dual.example", "10.0.0.7", "[::1]", "127.0.0.2"])
def test_a_host_in_a_private_network(port: int, host: str) -> None:
    expected = words.PRIVATE.format(host=host.strip("[]"))
    assert _problem(f"http://{host}:{port}/png") == expected
    assert _problem(f"http://pictures.example:{port}/to/http://{host}:{port}/png") == expected
    assert [path for path, _ in _Pictures.seen if path == "/png"] == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "picture.png",
            "/png",
            "//pictures.example/png",
            "file:///etc/passwd",
            "ftp://pictures.example/",
            "data:,a",
        ),
        *("http://", "http://user@pictures.example/png", "http://user:secret@pictures.example/png", "http://a:b"),
        *(f"http://pictures.example:{port}/" for port in (22, 25, 445, 0, 99999)),
        f"http://pictures.example/{'a' * 2000}",
    ],
)
def test_an_address_that_the_web_does_not_have(address: str) -> None:
    assert _problem(address) == words.NOT_AN_ADDRESS


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "data:,a", "ftp://pictures.example/", "http://a@pictures.example/", "http://a:25/"],
)
def test_a_redirect_to_such_an_address(port: int, address: str) -> None:
    assert _problem(f"http://pictures.example:{port}/to/{address}") == words.NOT_AN_ADDRESS


def test_a_host_that_does_not_exist(port: int) -> None:
    assert _problem(f"http://missing.example:{port}/") == words.NO_HOST.format(host="missing.example")
    assert _problem("http://pictures.example:1024/") == words.UNREACHABLE.format(host="pictures.example")


def test_a_certificate_has_to_be_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with _serving(authority) as port:
        untrusted = _problem(f"https://localhost:{port}/png")
        monkeypatch.setattr(certifi, "where", lambda: str(authority.file))
        assert _fetch(f"https://localhost:{port}/png").content == PNG
        other_name = _problem(f"https://pictures.example:{port}/png")
    assert untrusted == words.NOT_SECURE.format(host="localhost")
    assert other_name == words.NOT_SECURE.format(host="pictures.example")


def test_a_proxy_gets_names_that_are_not_private(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with SocksProxy(("127.0.0.1", port)) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://{proxy.address}")
        assert _fetch(f"http://pictures.example:{port}/png").content == PNG
        assert _fetch(f"http://only-the-proxy-knows.example:{port}/png").content == PNG
        assert _problem(f"http://private.example:{port}/png") == words.PRIVATE.format(host="private.example")
        assert proxy.requested == ["pictures.example", "only-the-proxy-knows.example"]
        monkeypatch.setenv("NO_PROXY", "pictures.example")
        assert _fetch(f"http://pictures.example:{port}/png").content == PNG
        assert len(proxy.requested) == 2


def test_a_proxy_that_refuses(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpProxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        answer = _problem(f"http://pictures.example:{port}/png")
    assert answer == words.ERROR.format(host="pictures.example", status=502)
    assert proxy.requested == [f"GET http://pictures.example:{port}/png HTTP/1.1"]
