"""Test proxies for SOCKS 5 and for HTTP."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import Any

from server_thread import start, stop


class Proxy:
    """Records the requested hosts. Connects each client to `model`, or refuses it if `model` is None."""

    handler: type[socketserver.BaseRequestHandler]

    def __init__(self, model: tuple[str, int] | None = None) -> None:
        self.model = model
        self.requested: list[str] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self.handler)
        self._server.daemon_threads = True
        self._server.proxy = self  # type: ignore[attr-defined]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Any:
        start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._server)


class _Socks(socketserver.BaseRequestHandler):
    """RFC 1928: no authentication, CONNECT only."""

    def handle(self) -> None:
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        self._read(self._read(2)[1])
        self.request.sendall(b"\x05\x00")
        kind = self._read(4)[3]
        if kind == 3:
            host = self._read(self._read(1)[0]).decode()
        else:
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            host = socket.inet_ntop(family, self._read(4 if kind == 1 else 16))
        self._read(2)
        proxy.requested.append(host)
        if proxy.model is None:
            self.request.sendall(b"\x05\x02\x00\x01" + bytes(6))
            return
        with socket.create_connection(proxy.model) as model:
            self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
            upload = threading.Thread(target=_copy, args=(self.request, model), daemon=True)
            upload.start()
            _copy(model, self.request)
            upload.join(5)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self.request.recv(length - len(data))
            if not more:
                raise ConnectionError("The client closed the connection.")
            data += more
        return data


class _Http(socketserver.StreamRequestHandler):
    """Records the first line of each request, and refuses it."""

    def handle(self) -> None:
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        proxy.requested.append(self.rfile.readline().decode(errors="replace").strip())
        self.wfile.write(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class SocksProxy(Proxy):
    handler = _Socks


class HttpProxy(Proxy):
    handler = _Http


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other end has been closed
