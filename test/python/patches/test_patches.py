"""Each mend twice: the flaw in cachibot as it is (`stock`), and its absence (`mended`).

When a test of the flaw turns red, upstream has cured it: drop the mend.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cachibot_desktop.patches import registry
from entry import PYTHON, ROOT, environment
from laboratory import Laboratory
from systems import needs_posix

OPEN, CLOSED = ("0o644", "0o600") if os.name == "posix" else ("0o666", "0o666")
"""The modes of a file that others may read, and of one of ours; Windows has no such modes."""

# An address that takes connections and never answers: a network that swallows packets.
BLACK_HOLE = """
import socket
hole = socket.socket()
hole.bind(("127.0.0.1", 0))
hole.listen()
SWALLOWED = f"http://127.0.0.1:{hole.getsockname()[1]}"
"""

FIRST_MESSAGE = """
import uuid
from datetime import datetime, timezone
from cachibot.models.knowledge import BotMessage
from cachibot.storage import db
from cachibot.storage.repository import KnowledgeRepository
from sqlalchemy import text

async def first_message():
    await db.init_db()
    message = BotMessage(id=str(uuid.uuid4()), bot_id="default", chat_id="chat-1", role="user", content="hi",
                         timestamp=datetime.now(timezone.utc))
    try:
        await KnowledgeRepository().save_bot_message(message)
        async with db.ensure_initialized()() as session:
            count = (await session.execute(text("SELECT count(*) FROM bot_messages"))).scalar()
            bots = [tuple(row) for row in await session.execute(text("SELECT id, name FROM bots"))]
            chats = [tuple(row) for row in await session.execute(text("SELECT id, bot_id FROM chats"))]
            extra = [row[0] for row in await session.execute(
                text("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"))]
        return [count, bots, chats, extra]
    except Exception as problem:
        return str(problem)
    finally:
        await db.close_db()

answer = asyncio.run(first_message())
"""


def test_every_mend_says_what_it_is_for() -> None:
    for mend in registry.ALL:
        assert mend.name
        assert mend.flaw
        assert "0.3.0" in mend.versions
    assert len({mend.name for mend in registry.ALL}) == len(registry.ALL)


class TestMissingRows:
    def test_flaw(self, stock: Laboratory) -> None:
        assert "FOREIGN KEY constraint failed" in stock.run(FIRST_MESSAGE)

    def test_mend(self, mended: Laboratory) -> None:
        count, bots, chats, extra = mended.run(FIRST_MESSAGE)
        assert (count, bots, chats) == (1, [["default", "CachiBot"]], [["chat-1", "default"]])
        assert extra == [], "nothing of ours is in the schema"
        assert mended.run(FIRST_MESSAGE)[0] == 2, "the second message finds the rows and leaves them alone"

    def test_the_rows_are_completed_by_the_uis_next_sync(self, mended: Laboratory) -> None:
        mended.run(FIRST_MESSAGE)
        name = mended.run("""
            from datetime import datetime, timezone
            from cachibot.models.bot import Bot
            from cachibot.storage import db
            from cachibot.storage.repository import BotRepository

            async def sync():
                await db.init_db()
                now = datetime.now(timezone.utc)
                await BotRepository().upsert_bot(Bot(id="default", name="Mine", model="ollama/x", systemPrompt="Hi",
                                                     capabilities={}, createdAt=now, updatedAt=now))
                bot = await BotRepository().get_bot("default")
                await db.close_db()
                return bot.name

            answer = asyncio.run(sync())
        """)
        assert name == "Mine"

    def test_stock_cachibot_opens_the_database_afterwards(self, stock: Laboratory, mended: Laboratory) -> None:
        mended.run(FIRST_MESSAGE)
        database = mended.home / ".cachibot" / "cachibot.db"
        count = stock.run(f"""
            from cachibot.storage import db
            from sqlalchemy import text

            async def look():
                os.environ["CACHIBOT_DATABASE_URL"] = "sqlite+aiosqlite:///" + {str(database)!r}
                try:
                    await db.init_db()
                    async with db.ensure_initialized()() as session:
                        return (await session.execute(text("SELECT count(*) FROM bot_messages"))).scalar()
                finally:
                    await db.close_db()
                    del os.environ["CACHIBOT_DATABASE_URL"]

            answer = asyncio.run(look())
        """)
        assert count > 0


SAVED_BESIDE_A_READER = """
from cachibot.storage import db
from sqlalchemy import text

async def save_beside_a_reader():
    await db.init_db()
    sessions = db.ensure_initialized()
    try:
        async with sessions() as writer:
            await writer.execute(text("CREATE TABLE IF NOT EXISTS kept (word TEXT)"))
            await writer.commit()
            await writer.execute(text("INSERT INTO kept VALUES ('saved')"))
            async with sessions() as reader:
                await reader.execute(text("SELECT 1"))
            await writer.commit()
        async with sessions() as session:
            count = (await session.execute(text("SELECT count(*) FROM kept"))).scalar()
            await session.execute(text("DROP TABLE kept"))
            await session.commit()
        return count
    finally:
        await db.close_db()

answer = asyncio.run(save_beside_a_reader())
"""


class TestSharedConnection:
    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(SAVED_BESIDE_A_READER) == 0

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(SAVED_BESIDE_A_READER) == 1


class TestLoginSecret:
    SECRETS = """
        from cachibot.config import Config
        from cachibot.services.auth_service import AuthService
        answer = [AuthService(Config.load().auth)._jwt_secret for _ in range(2)]
    """

    def test_flaw(self, stock: Laboratory) -> None:
        first, second = stock.run(self.SECRETS)
        assert first != second

    def test_mend(self, mended: Laboratory) -> None:
        first, second = mended.run(self.SECRETS)
        kept = (mended.home / ".cachibot" / "login.secret").read_text().strip()
        assert first == second == kept
        assert mended.run("answer = 'CACHIBOT_JWT_SECRET' in os.environ") is False, "children would inherit it"


class TestSavedSettings:
    SAVE = """
        from cachibot.api import env_utils
        os.umask(0o022)
        env_utils.set_env_value("CACHIBOT_DEFAULT_MODEL", "ollama/kept")
        env_utils.set_env_value("OPENAI_API_KEY", "key")
        del os.environ["CACHIBOT_DEFAULT_MODEL"], os.environ["OPENAI_API_KEY"]
        answer = oct((WORKSPACE / ".env").stat().st_mode & 0o777)
    """
    LOAD = """
        from cachibot.config import Config
        answer = Config.load(workspace=WORKSPACE).agent.model
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.SAVE) == OPEN
        assert stock.run(self.LOAD) == ""

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.SAVE) == CLOSED
        model = mended.run(f"""
            from cachibot_desktop.patches import saved_settings
            os.environ.update(saved_settings.read(WORKSPACE / ".env"))
            {self.LOAD.strip().replace(chr(10) + "        ", chr(10) + "            ")}
            del os.environ["CACHIBOT_DEFAULT_MODEL"], os.environ["OPENAI_API_KEY"]
        """)
        assert model == "ollama/kept"

    def test_the_names_are_those_that_the_settings_page_can_write(self, stock: Laboratory) -> None:
        from cachibot_desktop.patches.saved_settings import NAMES

        upstream = stock.run("""
            from cachibot.api.routes.providers import PROVIDERS
            answer = [name for info in PROVIDERS.values() for name in (info["env_key"], *info.get("extra_keys", []))]
        """)
        models = {"CACHIBOT_DEFAULT_MODEL", "CACHIBOT_UTILITY_MODEL", "CACHIBOT_EMBEDDING_MODEL"}
        assert set(upstream) | models == NAMES


class TestStraySettings:
    def read(self, folder: Path, *, before: str) -> str:
        """What a frozen program's prompture makes of a file in the working folder."""
        (folder / ".env").write_text("CACHIBOT_DATABASE_URL=moved\n")
        look = "import prompture; print(os.environ.get('CACHIBOT_DATABASE_URL'))"
        snippet = f"import os, sys; sys.frozen = True; {before}; {look}"
        return subprocess.run(
            [PYTHON, "-c", snippet],
            cwd=folder,
            env=environment(folder, PYTHONPATH=str(ROOT / "desktop")),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def test_flaw(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, before="pass") == "moved"

    def test_mend(self, tmp_path: Path) -> None:
        mend = "from cachibot_desktop.patches import stray_settings as s; s.apply(None)"
        assert self.read(tmp_path, before=mend) == "None"


@needs_posix("no file name has a question mark on Windows")
class TestQuestionMark:
    OPEN = """
        from cachibot.storage import db
        asyncio.run(db.init_db())
        answer = sorted(str(file.relative_to(HOME.parent.parent)) for file in HOME.parent.parent.rglob("who*")
                        if file.is_file()) + [str(file.relative_to(HOME)) for file in HOME.rglob("cachibot.db")]
        asyncio.run(db.close_db())
    """

    def test_flaw(self, tmp_path: Path) -> None:
        with Laboratory(self.home(tmp_path), mended=False) as stock:
            assert stock.run(self.OPEN)[0] == "who"

    def test_mend(self, tmp_path: Path) -> None:
        with Laboratory(self.home(tmp_path), mended=True) as mended:
            assert mended.run(self.OPEN) == [".cachibot/cachibot.db"]

    def home(self, folder: Path) -> Path:
        home = folder / "who?" / "x"
        home.mkdir(parents=True)
        return home


class TestPidGuard:
    @pytest.fixture
    def stranger(self) -> Iterator[subprocess.Popen[bytes]]:
        """Some other Python program."""
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            yield process
            process.kill()

    def guard(self, laboratory: Laboratory, stranger: subprocess.Popen[bytes]) -> list[str]:
        file = laboratory.home / ".cachibot" / "server.pid"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"pid": stranger.pid}))
        laboratory.run("""
            from cachibot.services.pid_guard import kill_stale_server, write_pid_file
            import threading
            kill_stale_server()
            write_pid_file(port=5870)
        """)
        written = file.read_text()
        file.unlink()
        return [written]

    def test_flaw(self, stock: Laboratory, stranger: subprocess.Popen[bytes]) -> None:
        assert str(stranger.pid) not in self.guard(stock, stranger)[0]
        assert stranger.wait(5) != 0

    def test_mend(self, mended: Laboratory, stranger: subprocess.Popen[bytes]) -> None:
        assert str(stranger.pid) in self.guard(mended, stranger)[0]
        assert stranger.poll() is None


class TestPluginRegistry:
    INSTALL = (
        BLACK_HOLE
        + """
from cachibot.services import external_plugins
external_plugins.REGISTRY_URL = external_plugins.FALLBACK_REGISTRY_URL = SWALLOWED
async def start():
    began = time.monotonic()
    try:
        await asyncio.wait_for(external_plugins.install_official_plugins(), 2)
        return time.monotonic() - began
    except TimeoutError:
        return "waits for the network"
answer = asyncio.run(start())
"""
    )

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.INSTALL) == "waits for the network"

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.INSTALL) < 1

    def test_what_is_installed_later_is_loaded(self, mended: Laboratory) -> None:
        calls = mended.run("""
            from cachibot.services import external_plugins
            from cachibot_desktop.patches import plugin_registry
            calls = []
            async def install(plugins_dir=None):
                calls.append("install")
                return {"new"}
            async def go():
                plugin_registry.DELAY_SECONDS = 0
                original = external_plugins.reload_external_plugins
                external_plugins.reload_external_plugins = lambda folder=None: calls.append("reload")
                try:
                    await plugin_registry._later(install)()
                    await asyncio.sleep(0.2)
                finally:
                    external_plugins.reload_external_plugins = original
                    plugin_registry.DELAY_SECONDS = 3.0
            asyncio.run(go())
            answer = calls
        """)
        assert calls == ["install", "reload"]


# Runs `work` on the event loop and answers how long a request of somebody else's would have waited.
LONGEST_WAIT = """
async def longest_wait(work):
    longest, done = 0.0, False
    async def tick():
        nonlocal longest
        while not done:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    result = await work()
    done = True
    await ticking
    return [longest, result]
"""


class TestModelRates:
    FETCH = (
        LONGEST_WAIT
        + """
from prompture.infra import model_rates
model_rates._loaded, model_rates._data = False, None
model_rates._fetch_from_api = lambda: time.sleep(1.5)
async def work():
    return model_rates.get_model_rates("openai", "gpt-4o") is not None
answer = asyncio.run(longest_wait(work))[0]
"""
    )

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.FETCH) > 1

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.FETCH) < 1


class TestBlockingDiscovery:
    ASK = (
        LONGEST_WAIT
        + """
import httpx
from prompture.infra import clear_discovery_cache, model_rates
from prompture.drivers.ollama_driver import OllamaDriver
from cachibot.api.auth import get_current_user
from cachibot.models.auth import User
model_rates._loaded = True
OllamaDriver.list_models = classmethod(lambda cls, **_: (time.sleep(1.5), ["slow-model"])[1])
clear_discovery_cache()
app.dependency_overrides[get_current_user] = lambda: None
async def work():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", timeout=30) as client:
        return (await client.get("/api/models")).json()
answer = asyncio.run(longest_wait(work))
"""
    )

    def test_flaw(self, stock: Laboratory) -> None:
        wait, models = stock.run(self.ASK)
        assert wait > 1
        assert "slow-model" in json.dumps(models)

    def test_mend(self, mended: Laboratory) -> None:
        wait, models = mended.run(self.ASK)
        assert wait < 1
        assert "slow-model" in json.dumps(models), "the answer is the same"

    def test_every_route_that_discovers_is_wrapped(self, mended: Laboratory) -> None:
        from cachibot_desktop.patches.blocking_discovery import ROUTES

        wrapped = mended.run("""
            answer = [route.dependant.call.__name__ for route in app.routes
                      if hasattr(getattr(getattr(route, "dependant", None), "call", None), "__wrapped__")]
        """)
        assert sorted(wrapped) == sorted(ROUTES)


class TestHostLookup:
    LOOK_UP = """
        import socket
        from cachibot.api.routes import mobile_pair
        asked = []
        original = socket.getaddrinfo
        socket.getaddrinfo = lambda *args, **options: asked.append(args[0]) or []
        try:
            mobile_pair._get_lan_ips()
        finally:
            socket.getaddrinfo = original
        answer = len(asked)
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.LOOK_UP) == 1

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.LOOK_UP) == 0


class TestPackageCleanup:
    CLEAN = """
        import tempfile
        from cachibot.services import update_service
        packages = Path(tempfile.mkdtemp())
        (packages / "~achibot").mkdir()
        update_service._get_site_packages_dirs = lambda: [packages]
        found = update_service.detect_corruption().is_corrupted
        update_service.cleanup_corrupted_packages()
        answer = [found, (packages / "~achibot").exists()]
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.CLEAN) == [True, False]

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.CLEAN) == [False, True]

    def test_nothing_is_installed(self, mended: Laboratory) -> None:
        code, message = mended.run("""
            from cachibot.services import update_service
            answer = asyncio.run(update_service._pip_install("cachibot==99"))
        """)
        assert code != 0
        assert "updates itself" in message

    def test_upstream_itself_refuses_updates_on_a_desktop(self, stock: Laboratory) -> None:
        """A guard of upstream's that we lean on."""
        answers = stock.run("""
            from cachibot.api.routes import update
            from cachibot.models.update import UpdatePerformRequest
            async def ask():
                return [(await update.apply_update(UpdatePerformRequest(), None)).success,
                        (await update.restart(None, None)).restarting]
            answer = asyncio.run(ask())
        """)
        assert answers == [False, False]


class TestLeakyLogs:
    LOG = """
        import logging
        from logging.handlers import RotatingFileHandler
        from cachibot import logging_config
        os.umask(0o022)
        root = logging.getLogger()
        for handler in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
            root.removeHandler(handler)
        logging_config.setup_logging()
        logging.getLogger("aiosqlite").debug("INSERT INTO users VALUES (%s)", "$2b$12$" + "a" * 53)
        logging.getLogger("uvicorn.error").error("GET /ws?token=%s", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl")
        try:
            raise ValueError("password='correct horse'")
        except ValueError:
            logging.getLogger("x").exception("failed")
        file = HOME / ".cachibot" / "logs" / "cachibot.log"
        answer = [file.read_text(), oct(file.stat().st_mode & 0o777)]
    """

    def test_flaw(self, stock: Laboratory) -> None:
        text, mode = stock.run(self.LOG)
        assert "$2b$12$" in text
        assert "eyJhbGciOiJI" in text
        assert "correct horse" in text
        assert mode == OPEN

    def test_mend(self, mended: Laboratory) -> None:
        text, mode = mended.run(self.LOG)
        assert "$2b$12$" not in text
        assert "eyJhbGciOiJI" not in text
        assert "'correct" not in text
        assert "failed" in text
        assert mode == CLOSED


class TestOpenFiles:
    SAVE = """
        from cachibot.config import Config
        os.umask(0o022)
        config = Config.load()
        config.smtp.password = "secret"
        config.save_smtp_config()
        file = HOME / ".cachibot.toml"
        answer = [oct(file.stat().st_mode & 0o777), Config.load().smtp.password]
        file.unlink()
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.SAVE) == [OPEN, "secret"]

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.SAVE) == [CLOSED, "secret"]


@needs_posix("a path that names its disk is built otherwise")
class TestSpaFallback:
    TRAVERSE = """
        secret = HOME / "secret.txt"
        secret.write_text("the secret")
        sent = []
        async def ask():
            scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
                     "method": "GET", "scheme": "http", "path": "/" + "../" * 12 + str(secret).lstrip("/"),
                     "raw_path": b"/", "query_string": b"", "root_path": "", "headers": [(b"host", b"x")],
                     "server": ("x", 80), "client": ("x", 1)}
            requests = [{"type": "http.request", "body": b"", "more_body": False}]
            async def receive():
                return requests.pop() if requests else await asyncio.Event().wait()
            async def send(message):
                sent.append(message)
            await app(scope, receive, send)
        asyncio.run(ask())
        answer = "the secret" in b"".join(m.get("body", b"") for m in sent).decode()
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.TRAVERSE) is True

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.TRAVERSE) is False


class TestSilentErrors:
    BUILD = """
        from cachibot.api import websocket
        from cachibot.config import Config
        async def build():
            try:
                return type(await websocket.build_bot_agent(Config(), user_message="hi")).__name__
            except Exception as problem:
                return str(problem)
        answer = asyncio.run(build())
    """
    SAY = """
        from cachibot.models.websocket import WSMessage
        try:
            raise ConnectionRefusedError
        except OSError as problem:
            answer = WSMessage.error(f"{problem}").payload
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.BUILD) == "Either model or driver must be provided"
        assert stock.run(self.SAY) == {"message": "", "code": None}

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.BUILD) == "FailedAgent", "its run fails, when the user's message has been stored"
        assert "can't connect" in mended.run(self.SAY)["explanation"]
        payload = mended.run('from cachibot.models.websocket import WSMessage\nanswer = WSMessage.error("no").payload')
        assert payload == {"message": "no", "code": None}, "only an exception has a reason"


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
        said = {"role": "assistant", "content": "at last"}
        self.reply({"message": said, "choices": [{"message": said}], "text": "at last", "meta": {}})
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
    """With each limit of the drivers divided, so that the test takes seconds."""

    LOCAL = ("ollama", "ollama, tools", "lmstudio", "local_http", "ollama, sync", "lmstudio, sync", "local_http, sync")

    def test_flaw(self, stock: Laboratory) -> None:
        outcomes = stock.run(SLOW_MODEL)
        assert {name: outcomes[name] for name in self.LOCAL} == dict.fromkeys(self.LOCAL, "ReadTimeout")

    def test_mend(self, mended: Laboratory) -> None:
        outcomes = mended.run(SLOW_MODEL)
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

    def test_flaw_in_a_room(self, stock: Laboratory) -> None:
        assert stock.run(self.ROOM) == ["TimeoutError", "TimeoutError"]

    def test_mend_in_a_room(self, mended: Laboratory) -> None:
        assert mended.run(self.ROOM) == ["at last", "TimeoutError"]

    def test_a_connection_is_not_waited_for_without_end(self, mended: Laboratory) -> None:
        limits = mended.run("""
            import httpx, requests
            from prompture.drivers import async_ollama_driver, ollama_driver
            seen = []
            async def send(request):
                seen.append(request.extensions["timeout"])
                return httpx.Response(200)
            async def ask():
                async with async_ollama_driver.httpx.AsyncClient(transport=httpx.MockTransport(send)) as client:
                    await client.post("http://x.invalid", json={}, timeout=120)
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
        assert limits == [{"connect": 10.0, "read": None, "write": 120.0, "pool": 120.0}, [10.0, None]]


class TestGoogleTransport:
    ASK = """
        from prompture.drivers.async_google_driver import AsyncGoogleDriver
        answer = AsyncGoogleDriver(api_key="key")._client._api_client._use_aiohttp()
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.ASK) is True

    def test_mend(self, mended: Laboratory) -> None:
        assert mended.run(self.ASK) is False


class TestTheProvidersOfTheUi:
    @pytest.mark.parametrize("package", ["openai", "anthropic", "google.genai", "groq"])
    def test_their_packages_are_installed(self, mended: Laboratory, package: str) -> None:
        assert mended.run(f"import {package}\nanswer = {package}.__name__") == package

    @pytest.mark.parametrize(
        ("driver", "attribute", "package"),
        [("openai_driver.OpenAIDriver", "client", "openai"), ("async_groq_driver.AsyncGroqDriver", "client", "groq")],
    )
    def test_a_deferred_package_serves_its_driver(
        self, mended: Laboratory, driver: str, attribute: str, package: str
    ) -> None:
        module, name = driver.split(".")
        kind = mended.run(f"""
            from prompture.drivers.{module} import {name}
            answer = type({name}(api_key="key").{attribute}).__module__
        """)
        assert kind.split(".")[0] == package


def test_where_the_laboratories_live(stock: Laboratory, mended: Laboratory) -> None:
    """The tests above would prove nothing if both ran on one home, or on the person's own."""
    homes = {stock.run("answer = str(Path.home())"), mended.run("answer = str(Path.home())"), str(Path.home())}
    assert len(homes) == 3
