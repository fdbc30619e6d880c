"""Stands in for the servers of Ollama, LM Studio, OpenAI, Anthropic and Gemini, and streams as each of them does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal

from server_process import ANSWER_SECONDS, FROZEN
from server_thread import start, stop
from systems import UNDER_WINE

Json = dict[str, Any]
PROMPT_TOKENS, ANSWER_TOKENS = 5, 9


@dataclass(frozen=True)
class Round:
    """The answer of a provider to one request."""

    pieces: tuple[str, ...]
    call: tuple[str, Json] | None = None
    """Name and arguments of a tool."""
    ends: Literal["properly", "early", "cut", "error"] = "properly"
    """Whether the stream ends after its first piece, and how: with the response, in the middle of it, with an error."""
    at_limit: bool = False
    """Whether it ends because the limit of tokens is reached."""

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Ollama:
    """NDJSON. A call of a tool is not split."""

    name = "ollama"
    path = "/api/chat"
    kind = "application/x-ndjson"
    error: ClassVar[Json] = {"error": "an error was encountered while running the model"}
    status_of_error = 500

    def problem(self, body: Json) -> str:
        """Return why this provider rejects a request."""
        calls = [call for message in body["messages"] for call in message.get("tool_calls", [])]
        if all(isinstance(call["function"]["arguments"], dict) for call in calls):
            return ""
        return "json: cannot unmarshal string into Go struct field .arguments of type api.ToolCallFunctionArguments"

    def pieces(self, answer: Round) -> list[bytes]:
        return [self._line({"role": "assistant", "content": piece}) for piece in answer.pieces]

    def end(self, answer: Round) -> bytes:
        message = {**self.whole(answer)["message"], "content": ""}
        calls = self._line(message) if answer.call else b""
        return calls + _line({**self.whole(answer), "message": {"role": "assistant", "content": ""}})

    def whole(self, answer: Round) -> Json:
        message: Json = {"role": "assistant", "content": answer.text}
        if answer.call:
            message["tool_calls"] = [{"function": {"name": answer.call[0], "arguments": answer.call[1]}}]
        used = {"prompt_eval_count": PROMPT_TOKENS, "eval_count": ANSWER_TOKENS}
        return {
            "model": "fake",
            "message": message,
            "done_reason": "length" if answer.at_limit else "stop",
            "done": True,
            **used,
        }

    def failure(self) -> bytes:
        return _line(self.error)

    def _line(self, message: Json) -> bytes:
        return _line({"model": "fake", "created_at": "2025-11-28T12:00:00Z", "message": message, "done": False})


class OpenAI:
    """Server-sent events. The arguments of a tool come in parts, the figures in an event of their own."""

    name = "openai"
    path = "/v1/chat/completions"
    kind = "text/event-stream; charset=utf-8"
    error: ClassVar[Json] = {"error": {"message": "The server had an error", "type": "server_error", "code": None}}
    status_of_error = 500

    def problem(self, body: Json) -> str:
        called = {call["id"] for message in body["messages"] for call in message.get("tool_calls", [])}
        answered = {message["tool_call_id"] for message in body["messages"] if message["role"] == "tool"}
        return "" if called == answered else "A call of a tool has no result"

    def pieces(self, answer: Round) -> list[bytes]:
        first = self._chunk({"role": "assistant", "content": "", "refusal": None})
        return [first + self._chunk({"content": answer.pieces[0]})] + [
            self._chunk({"content": piece}) for piece in answer.pieces[1:]
        ]

    def end(self, answer: Round) -> bytes:
        body = b""
        for call in self._calls(answer):
            arguments = call["function"]["arguments"]
            start = {**call, "index": 0, "function": {**call["function"], "arguments": ""}}
            halves = (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :])
            more = [{"index": 0, "function": {"arguments": half}} for half in halves]
            body += b"".join(self._chunk({"tool_calls": [part]}) for part in (start, *more))
        body += self._chunk({}, finish_reason=self._reason(answer))
        return body + _event({**self._head(), "choices": [], "usage": self._usage()}) + b"data: [DONE]\n\n"

    def whole(self, answer: Round) -> Json:
        message: Json = {"role": "assistant", "content": answer.text or None, "refusal": None}
        if answer.call:
            message["tool_calls"] = self._calls(answer)
        choice = {"index": 0, "message": message, "finish_reason": self._reason(answer)}
        return {**self._head(), "object": "chat.completion", "choices": [choice], "usage": self._usage()}

    def failure(self) -> bytes:
        return _event(self.error)

    def _calls(self, answer: Round) -> list[Json]:
        if not answer.call:
            return []
        name, arguments = answer.call
        return [
            {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}},
        ]

    def _reason(self, answer: Round) -> str:
        return "length" if answer.at_limit else "tool_calls" if answer.call else "stop"

    def _usage(self) -> Json:
        total = PROMPT_TOKENS + ANSWER_TOKENS
        return {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": ANSWER_TOKENS, "total_tokens": total}

    def _head(self) -> Json:
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1764331200, "model": "fake"}

    def _chunk(self, delta: Json, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None, **more}
        return _event({**self._head(), "choices": [choice]})


class LMStudio(OpenAI):
    """OpenAI's format, for the driver that asks for tools and answers as JSON text."""

    name = "lmstudio"
    path = "/lmstudio/v1/chat/completions"

    def pieces(self, answer: Round) -> list[bytes]:
        return super().pieces(_as_json(answer))

    def end(self, answer: Round) -> bytes:
        return super().end(_as_json(answer))

    def whole(self, answer: Round) -> Json:
        return super().whole(_as_json(answer))


class Anthropic:
    """Server-sent events with a name; each block of the content has a beginning and an end."""

    name = "claude"
    path = "/v1/messages"
    kind = "text/event-stream; charset=utf-8"
    error: ClassVar[Json] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    status_of_error = 529

    def problem(self, body: Json) -> str:
        allowed = {"role", "content"}
        roles = [message["role"] for message in body["messages"]]
        if any(set(message) != allowed for message in body["messages"]):
            return "messages: Extra inputs are not permitted"
        return "" if set(roles) <= {"user", "assistant"} and roles[-1] == "user" else "messages: Unexpected role"

    def pieces(self, answer: Round) -> list[bytes]:
        used = {"input_tokens": PROMPT_TOKENS, "output_tokens": 1}
        start = {**self.whole(Round(())), "content": [], "stop_reason": None, "usage": used}
        head = self._event("message_start", message=start)
        head += self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        head += self._event("ping")
        deltas = [self._delta(0, {"type": "text_delta", "text": piece}) for piece in answer.pieces]
        return [head + deltas[0], *deltas[1:]]

    def end(self, answer: Round) -> bytes:
        body = self._event("content_block_stop", index=0)
        if answer.call:
            block = {**self._tool_use(answer), "input": {}}
            text = json.dumps(answer.call[1])
            body += self._event("content_block_start", index=1, content_block=block)
            for part in ("", text[:3], text[3:]):
                body += self._delta(1, {"type": "input_json_delta", "partial_json": part})
            body += self._event("content_block_stop", index=1)
        stop = {"stop_reason": self._reason(answer), "stop_sequence": None}
        body += self._event("message_delta", delta=stop, usage={"output_tokens": ANSWER_TOKENS})
        return body + self._event("message_stop")

    def whole(self, answer: Round) -> Json:
        content: list[Json] = [{"type": "text", "text": answer.text}]
        content += [self._tool_use(answer)] if answer.call else []
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "fake",
            "content": content,
            "stop_reason": self._reason(answer),
            "stop_sequence": None,
            "usage": {"input_tokens": PROMPT_TOKENS, "output_tokens": ANSWER_TOKENS},
        }

    def failure(self) -> bytes:
        return b"event: error\n" + _event(self.error)

    def _tool_use(self, answer: Round) -> Json:
        assert answer.call is not None
        return {"type": "tool_use", "id": "toolu_1", "name": answer.call[0], "input": answer.call[1]}

    def _reason(self, answer: Round) -> str:
        return "max_tokens" if answer.at_limit else "tool_use" if answer.call else "end_turn"

    def _delta(self, index: int, delta: Json) -> bytes:
        return self._event("content_block_delta", index=index, delta=delta)

    def _event(self, name: str, **data: Any) -> bytes:
        return f"event: {name}\n".encode() + _event({"type": name, **data})


class Gemini:
    """Server-sent events with line ends of two characters, at an address of its own."""

    name = "google"
    path = "/v1beta/models/fake:generateContent"
    kind = "text/event-stream"
    error: ClassVar[Json] = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    status_of_error = 503

    def problem(self, body: Json) -> str:
        parts = [part for content in body["contents"] for part in content["parts"]]
        calls, results = (sum(kind in part for part in parts) for kind in ("functionCall", "functionResponse"))
        if any("functionCall" in part and not part.get("thoughtSignature") for part in parts):
            return "Function call is missing a thought_signature in functionCall parts."
        return "" if calls == results else "The number of function response parts is wrong"

    def pieces(self, answer: Round) -> list[bytes]:
        used = {"promptTokenCount": PROMPT_TOKENS, "totalTokenCount": PROMPT_TOKENS}
        return [self._event([{"text": piece}], usageMetadata=used) for piece in answer.pieces]

    def end(self, answer: Round) -> bytes:
        body = self._event(self._calls(answer)) if answer.call else b""
        used = self.whole(answer)["usageMetadata"]
        return body + self._event(
            [{"text": ""}], usageMetadata=used, finishReason="MAX_TOKENS" if answer.at_limit else "STOP"
        )

    def whole(self, answer: Round) -> Json:
        parts = [{"text": answer.text}, *self._calls(answer)]
        total = PROMPT_TOKENS + ANSWER_TOKENS
        used = {"promptTokenCount": PROMPT_TOKENS, "candidatesTokenCount": ANSWER_TOKENS, "totalTokenCount": total}
        reason = "MAX_TOKENS" if answer.at_limit else "STOP"
        candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": reason, "index": 0}
        return {"candidates": [candidate], "usageMetadata": used, "modelVersion": "fake", "responseId": "1"}

    def failure(self) -> bytes:
        return _event(self.error, b"\r\n")

    def _calls(self, answer: Round) -> list[Json]:
        return [{"functionCall": {"name": answer.call[0], "args": answer.call[1]}}] if answer.call else []

    def _event(self, parts: list[Json], usageMetadata: Json | None = None, **more: Any) -> bytes:  # noqa: N803
        candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **more}
        used = {"usageMetadata": usageMetadata} if usageMetadata else {}
        return _event({"candidates": [candidate], **used, "modelVersion": "fake", "responseId": "1"}, b"\r\n")


Format = Ollama | OpenAI | Anthropic | Gemini
# wine 8 refuses the keep-alive options of Anthropic's client, which every Windows since 2017 accepts. The plain Python
# lacks them there.
_CLAUDE = () if UNDER_WINE and FROZEN else (Anthropic(),)
FORMATS: tuple[Format, ...] = (Ollama(), LMStudio(), OpenAI(), *_CLAUDE, Gemini())


def _as_json(answer: Round) -> Round:
    if answer.call:
        called = {"type": "tool_call", "name": answer.call[0], "arguments": answer.call[1]}
        return Round((json.dumps(called),), at_limit=answer.at_limit)
    pieces = [json.dumps(piece)[1:-1] for piece in answer.pieces]
    pieces[0] = '{"type": "final_answer", "content": "' + pieces[0]
    return Round((*pieces, '"}'), at_limit=answer.at_limit)


def _line(body: Json) -> bytes:
    return json.dumps(body).encode() + b"\n"


def _event(body: Json, end: bytes = b"\n") -> bytes:
    return b"data: " + json.dumps(body).encode() + end * 2


class Providers:
    """All of them, on one free port."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        """The answers to the next requests."""
        self.streams = True
        """False: each option or address for a stream is refused."""
        self.ignores_streams = False
        """True: each answer is sent whole."""
        self.tools = True
        """False: each request that has tools is refused."""
        self.key = ""
        """If it is set, requests without it, as a bearer token, are refused."""
        self.requests: list[Json] = []
        """The bodies of all requests, with `path`."""
        self.pauses = False
        """True: an answer in several pieces continues after its first one when `proceed` is called."""
        self._waiting = False
        self._may_continue = threading.Semaphore(0)
        handler = type("Handler", (_Handler,), {"providers": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def env(self) -> dict[str, str | None]:
        base = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "OLLAMA_ENDPOINT": f"{base}/api/generate",
            "LMSTUDIO_ENDPOINT": f"{base}{LMStudio.path}",
            "OPENAI_BASE_URL": f"{base}/v1",
            "OPENAI_API_KEY": "sk-of-a-test",
            "ANTHROPIC_BASE_URL": base,
            "CLAUDE_API_KEY": "sk-ant-of-a-test",
            "GOOGLE_GEMINI_BASE_URL": base,
            "GOOGLE_API_KEY": "key-of-a-test",
        }

    def proceed(self) -> None:
        """Have the answer that has sent its first piece send the rest."""
        if self._waiting:
            self._waiting = False
            self._may_continue.release()

    def __enter__(self) -> Providers:
        start(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self._may_continue.release(100)
        stop(self._server)


class _Handler(BaseHTTPRequestHandler):
    providers: Providers
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self._is_refused():
            return
        self._send(200, {"models": [{"name": "fake"}], "data": [{"id": "fake"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self._is_refused():
            return
        path = self.path.partition("?")[0].replace("streamGenerateContent", "generateContent")
        path = re.sub("/models/[^:]+:", "/models/fake:", path)
        found = next((each for each in FORMATS if each.path == path), None)
        if found is None:
            self._send(404, {"error": {"message": f"There is no {path} here."}})
            return
        self.providers.requests.append({**body, "path": self.path})
        stream = bool(body.get("stream")) or "streamGenerateContent" in self.path
        if problem := found.problem(body):
            self._send(400, {"error": problem if found.path == "/api/chat" else {"message": problem}})
        elif body.get("tools") and not self.providers.tools:
            problem = "registry.ollama.ai/library/fake:latest does not support tools"
            self._send(400, {"error": problem if found.path == "/api/chat" else {"message": problem}})
        elif stream and not self.providers.streams:
            self._send(400, {"error": {"message": "You must be verified to stream this model."}})
        elif stream and not self.providers.ignores_streams:
            self._stream(found, self.providers.rounds.pop(0))
        else:
            self._send(200, found.whole(self.providers.rounds.pop(0)))

    def _is_refused(self) -> bool:
        refused = bool(self.providers.key) and self.headers.get("authorization") != f"Bearer {self.providers.key}"
        if refused:
            self._send(401, {"error": {"message": "Invalid API key"}})
        return refused

    def _stream(self, kind: Format, answer: Round) -> None:
        self.send_response(200)
        self.send_header("content-type", kind.kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in self._parts(kind, answer):
            # Half a chunk at a time: nothing guarantees that an event arrives in one piece.
            for half in (part[: len(part) // 2], part[len(part) // 2 :]):
                self.wfile.write(f"{len(half):x}\r\n".encode() + half + b"\r\n")
        if answer.ends == "cut":
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _parts(self, kind: Format, answer: Round) -> Iterator[bytes]:
        first, *others = kind.pieces(answer)
        pauses = self.providers._waiting = self.providers.pauses and bool(others)
        yield first
        if pauses:
            self.providers._may_continue.acquire(timeout=2 * ANSWER_SECONDS)
        if answer.ends == "error":
            yield kind.failure()
        elif answer.ends == "properly":
            yield from others
            yield kind.end(answer)

    def _send(self, status: int, body: Json) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass
