"""The patch `answer_checks`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import json

import pytest

from cachibot_process import CachibotProcess

ASK = """
    import http.server, threading, unittest.mock
    import httpx
    from prompture.drivers.async_lmstudio_driver import AsyncLMStudioDriver
    from prompture.infra.settings import settings
    BODY, MORE = {body!r}.encode(), {more}
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(BODY) + MORE * 1_000_000))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(BODY)
                for _ in range(MORE):
                    self.wfile.write(b"x" * 1_000_000)
        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    from cachibot.api import room_websocket
    from cachibot.config import Config
    config = Config.load(workspace=WORKSPACE)
    config.agent.model = "lmstudio/x"
    address = f"http://127.0.0.1:{{server.server_address[1]}}/v1/chat/completions"
    # Stock CachiBot reads the settings, patched CachiBot the environment.
    settings = unittest.mock.patch.object(settings, "lmstudio_endpoint", address)
    environment = unittest.mock.patch.dict(os.environ, LMSTUDIO_ENDPOINT=address)
    async def ask():
        agent = room_websocket.CachibotAgent(config=config)
        said = ""
        async for event in agent.run_stream("hi"):
            said += event.data if event.event_type.name == "text_delta" else ""
        return said
    try:
        with settings, environment:
            answer = asyncio.run(ask())[:40]
    except Exception as problem:
        names = []
        while problem is not None:
            names.append(type(problem).__name__)
            problem = problem.__cause__ or problem.__context__
        answer = names
    finally:
        server.shutdown()
"""


def ask(body: str, more: int = 0) -> str:
    return ASK.format(body=body, more=more)


def answer(finish: str, content: str = "", **message: str) -> str:
    said = {"role": "assistant", "content": content, **message}
    return json.dumps({"choices": [{"index": 0, "finish_reason": finish, "message": said}]})


class TestAnswerChecks:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(ask(answer("content_filter"))) == "", "an empty answer, without a word"
        assert "JSONDecodeError" in stock.run(ask("[", 20)), "read to its end"

    @pytest.mark.parametrize("body", [answer("content_filter"), answer("stop", refusal='I can\'t "do" that.')])
    def test_a_refusal_is_an_error(self, patched: CachibotProcess, body: str) -> None:
        assert "AnswerRefusedError" in patched.run(ask(body))

    def test_a_web_page_is_an_error(self, patched: CachibotProcess) -> None:
        assert "AnswerIsWebPageError" in patched.run(ask("\n<!doctype html>"))

    def test_an_answer_has_a_limit(self, patched: CachibotProcess) -> None:
        assert "AnswerTooLargeError" in patched.run(ask("[", 20))
        assert patched.run(ask(answer("stop", "hello"))) == "hello"
        assert patched.run(ask(answer("content_filter", "the beginning"))) == "the beginning", "it is an answer"
