"""A local server that imitates the APIs of all providers."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from server_thread import start, stop

OPENAI: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello from %s"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ANTHROPIC: dict[str, Any] = {
    "id": "1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "Hello from %s"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
GOOGLE: dict[str, Any] = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello from %s"}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
OLLAMA: dict[str, Any] = {
    "model": "m",
    "response": "Hello from %s",
    "message": {"role": "assistant", "content": "Hello from %s"},
    "done": True,
    "eval_count": 1,
}

ANSWERS = {
    "/openai/": OPENAI,
    "/groq/": OPENAI,
    "/anthropic/": ANTHROPIC,
    "/google/": GOOGLE,
    "/api/": OLLAMA,
}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_GET

    def _answer(self) -> None:
        prefix = next((prefix for prefix in ANSWERS if self.path.startswith(prefix)), None)
        body = json.dumps(ANSWERS[prefix]).replace("%s", prefix.strip("/")) if prefix else "{}"
        self.send_response(200 if prefix else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        pass


class FakeProviders:
    """A context in which the server runs on a free port."""

    def __enter__(self) -> FakeProviders:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._server)

    @property
    def env(self) -> dict[str, str]:
        """Variables that make each SDK use this server."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "FAKE_PROVIDERS": url,
            "OPENAI_BASE_URL": f"{url}/openai/v1",
            "ANTHROPIC_BASE_URL": f"{url}/anthropic",
            "GROQ_BASE_URL": f"{url}/groq",
            "GOOGLE_GEMINI_BASE_URL": f"{url}/google",
        }
