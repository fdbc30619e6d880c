"""A fake HTTP server of JSON: each path has a status and a body, which a test may change at any time."""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from server_thread import start, stop


class FakeService:
    """Answers requests on loopback, and remembers their headers."""

    def __init__(self, answers: dict[str, tuple[int, Any]], *, port: int = 0, host: str = "127.0.0.1") -> None:
        self.answers = answers
        self.headers: dict[str, str] = {}
        self.key = ""
        """If it is set, requests without it are refused."""
        self.keys: set[str] = set()
        """The keys that were sent."""
        service = self

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.headers = {name.lower(): value for name, value in self.headers.items()}
                sent = service.headers.get("authorization", "").removeprefix("Bearer ")
                service.keys |= {sent} - {""}
                if service.key and sent != service.key:
                    self._send(401, {"error": {"message": "Invalid API key", "type": "authentication_error"}})
                    return
                self._send(*service.answers.get(self.path.partition("?")[0], (404, "<h1>Not Found</h1>")))

            def _send(self, status: int, body: Any) -> None:
                raw = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_POST(self) -> None:
                """Answer by the path and the model in the body."""
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.path = f"{self.path} {body.get('model')}"
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = Server((host, port), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> FakeService:
        start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._server)
