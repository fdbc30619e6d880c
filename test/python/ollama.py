"""A fake Ollama server. Its model answers immediately, or on a signal, or fails."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from server_thread import start, stop

ANSWER = "Greetings from the fake model."


class Ollama:
    """Serves the two routes that cachibot uses, on a free port."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.failure: tuple[int, str] | None = None
        """Status and body of the next responses. Status 0 closes the connection in the middle of the body."""
        ollama = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({"models": [{"name": "fake:latest"}]})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                ollama.requested.set()
                ollama.may_answer.wait(30)
                if ollama.failure is not None:
                    self._send(*ollama.failure)
                    return
                message = {"role": "assistant", "content": ANSWER}
                self._reply({"message": message, "done": True, "prompt_eval_count": 5, "eval_count": 9})

            def _reply(self, body: dict[str, Any]) -> None:
                self._send(200, json.dumps(body) + "\n")

            def _send(self, status: int, body: str) -> None:
                raw = body.encode()
                self.send_response(status or 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw) + (0 if status else 100)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def env(self) -> dict[str, str | None]:
        return {
            "OLLAMA_ENDPOINT": f"{self.address}/api/generate",
            "CACHIBOT_DEFAULT_MODEL": "ollama/fake:latest",
        }

    def __enter__(self) -> Ollama:
        start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        stop(self._server)
