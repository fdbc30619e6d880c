"""The patch `slow_models`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import errno
import socket

import pytest

from cachibot_desktop.patches import slow_models
from cachibot_process import CachibotProcess

SLOW_MODEL = """
import concurrent.futures, functools, httpx, requests
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from prompture.drivers.async_lmstudio_driver import AsyncLMStudioDriver
from prompture.drivers.async_local_http_driver import AsyncLocalHTTPDriver
from prompture.drivers.async_moonshot_driver import AsyncMoonshotDriver
from prompture.drivers.async_ollama_driver import AsyncOllamaDriver
from prompture.drivers.lmstudio_driver import LMStudioDriver
from prompture.drivers.local_http_driver import LocalHTTPDriver
from prompture.drivers.moonshot_driver import MoonshotDriver
from prompture.drivers.ollama_driver import OllamaDriver

FASTER = 150  # Limits of 120 and 300 s become 0.8 and 2 s; the model needs 3.

class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(3)
        message = {"role": "assistant", "content": "at last"}
        self.reply({"message": message, "choices": [{"message": message}], "text": "at last", "meta": {}})
    def do_GET(self):
        self.reply({"models": [], "data": []})
    def reply(self, body):
        with contextlib.suppress(OSError):
            raw = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
    do_HEAD = do_GET
    def log_message(self, *_):
        pass

def shortened(seconds):
    return seconds / FASTER if seconds and seconds >= 30 else seconds

make_timeout, send = httpx.Timeout.__init__, requests.adapters.HTTPAdapter.send

def faster_timeout(self, *args, **options):
    make_timeout(self, *args, **options)
    if not (args and isinstance(args[0], httpx.Timeout)):
        self.read = shortened(self.read)

def faster_send(self, request, **options):
    connect, read = options["timeout"] if isinstance(options["timeout"], tuple) else [options["timeout"]] * 2
    return send(self, request, **{**options, "timeout": (connect, shortened(read))})

def outcome(ask):
    try:
        return ask()["text"]
    except Exception as problem:
        return type(problem.__cause__ or problem).__name__

server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
Thread(target=server.serve_forever, daemon=True).start()
at = f"http://127.0.0.1:{server.server_address[1]}"
say = [{"role": "user", "content": "hi"}]
asks = {
    "ollama": lambda: asyncio.run(AsyncOllamaDriver(at, "x").generate_messages(say, {})),
    "ollama, tools": lambda: asyncio.run(AsyncOllamaDriver(at, "x").generate_messages_with_tools(say, [], {})),
    "lmstudio": lambda: asyncio.run(AsyncLMStudioDriver(f"{at}/v1/chat/completions", "x").generate_messages(say, {})),
    "local_http": lambda: asyncio.run(AsyncLocalHTTPDriver(f"{at}/generate").generate("hi", {})),
    "ollama, sync": lambda: OllamaDriver(f"{at}/api/generate", "x").generate_messages(say, {}),
    "lmstudio, sync": lambda: LMStudioDriver(f"{at}/v1/chat/completions", "x").generate_messages(say, {}),
    "local_http, sync": lambda: LocalHTTPDriver(f"{at}/generate").generate("hi", {}),
    "cloud": lambda: asyncio.run(AsyncMoonshotDriver("key", "kimi-k2", f"{at}/v1").generate_messages(say, {})),
    "cloud, sync": lambda: MoonshotDriver("key", "kimi-k2", f"{at}/v1").generate_messages(say, {}),
}
httpx.Timeout.__init__, requests.adapters.HTTPAdapter.send = faster_timeout, faster_send
try:
    with concurrent.futures.ThreadPoolExecutor(len(asks)) as pool:
        answer = dict(zip(asks, pool.map(outcome, asks.values())))
finally:
    httpx.Timeout.__init__, requests.adapters.HTTPAdapter.send = make_timeout, send
    server.shutdown()
"""


class TestSlowModels:
    """The tests divide all time limits of the drivers, so that they take seconds."""

    LOCAL = ("ollama", "ollama, tools", "lmstudio", "local_http", "ollama, sync", "lmstudio, sync", "local_http, sync")

    @pytest.mark.left_to_ci
    def test_flaw(self, stock: CachibotProcess) -> None:
        outcomes = stock.run(SLOW_MODEL)
        assert {name: outcomes[name] for name in self.LOCAL} == dict.fromkeys(self.LOCAL, "ReadTimeout")

    def test_patch(self, patched: CachibotProcess) -> None:
        outcomes = patched.run(SLOW_MODEL)
        assert {name: outcomes[name] for name in self.LOCAL} == dict.fromkeys(self.LOCAL, "at last")
        assert outcomes["cloud"] == outcomes["cloud, sync"] == "ReadTimeout", "cloud providers keep their limits"

    ROOM = """
        from cachibot.api import room_websocket
        from cachibot.config import Config
        async def answer_of(model):
            config = Config()
            config.agent.model = model
            with contextlib.suppress(Exception):
                room_websocket.CachibotAgent(config=config)
            try:
                async with room_websocket.asyncio.timeout(0.05):
                    await asyncio.sleep(0.5)
                    return "at last"
            except TimeoutError:
                return "TimeoutError"
        answer = [asyncio.run(answer_of("ollama/x")), asyncio.run(answer_of("openai/x"))]
    """

    def test_flaw_in_a_room(self, stock: CachibotProcess) -> None:
        assert stock.run(self.ROOM) == ["TimeoutError", "TimeoutError"]

    def test_patch_in_a_room(self, patched: CachibotProcess) -> None:
        assert patched.run(self.ROOM) == ["at last", "TimeoutError"]

    def test_the_wait_for_a_connection_is_limited(self, patched: CachibotProcess) -> None:
        limits = patched.run("""
            import httpx, requests
            from cachibot_desktop.streaming.live_text import LiveText, receiver
            from prompture.drivers import async_ollama_driver, ollama_driver
            seen = []
            async def send(request):
                seen.append(request.extensions["timeout"])
                return httpx.Response(200, json={})
            async def ask():
                async with async_ollama_driver.httpx.AsyncClient(transport=httpx.MockTransport(send)) as client:
                    await client.post("http://192.168.1.20:11434", json={}, timeout=120)
                    receiver.set(LiveText(print, simulated_tools=False))
                    await client.post("http://192.168.1.20:11434/api/chat", json={}, timeout=120)
            asyncio.run(ask())
            original = requests.adapters.HTTPAdapter.send
            def adapter(self, request, **options):
                seen.append(options["timeout"])
                raise requests.ConnectionError
            requests.adapters.HTTPAdapter.send = adapter
            try:
                ollama_driver.requests.post("http://x.invalid", timeout=300)
            except requests.ConnectionError:
                pass
            finally:
                requests.adapters.HTTPAdapter.send = original
            answer = seen
        """)
        expected = {"connect": 10.0, "read": None, "write": 120.0, "pool": 120.0}
        assert limits == [expected, expected, [10.0, None]], "at once, as a stream, and from a thread"

    GONE = """
        import socket
        from threading import Thread
        from prompture.drivers import async_ollama_driver
        listener, connections = socket.create_server(("127.0.0.1", 0)), []
        def begin():
            connections.append(listener.accept()[0])
            connections[0].sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{")
        Thread(target=begin, daemon=True).start()
        async def keepalive():
            async with async_ollama_driver.httpx.AsyncClient() as client:
                async with client.stream("POST", f"http://127.0.0.1:{listener.getsockname()[1]}") as response:
                    opened = response.extensions["network_stream"].get_extra_info("socket")
                    return opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        answer = bool(asyncio.run(keepalive()))
    """

    def test_flaw_when_the_other_machine_is_gone(self, stock: CachibotProcess) -> None:
        assert stock.run(self.GONE) is False

    def test_patch_when_the_other_machine_is_gone(self, patched: CachibotProcess) -> None:
        """Without this, an answer without a time limit would be waited for forever."""
        assert patched.run(self.GONE) is True

    def test_an_option_that_the_system_refuses_is_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Otherwise each connection to the model would fail."""
        interval = 9999
        monkeypatch.setattr(socket, "TCP_KEEPINTVL", interval, raising=False)  # Windows before 2017 has no such option
        monkeypatch.setattr(socket.socket, "setsockopt", lambda *_: None)
        accepted = slow_models.keepalive_options()
        assert interval in [name for _level, name, _value in accepted]

        def refuse(_self: socket.socket, level: int, name: int, _value: int) -> None:
            if name == interval:
                raise OSError(errno.ENOPROTOOPT, "Protocol not available")

        monkeypatch.setattr(socket.socket, "setsockopt", refuse)
        assert slow_models.keepalive_options() == [option for option in accepted if option[1] != interval]
