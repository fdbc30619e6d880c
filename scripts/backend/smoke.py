"""Smoke test of a frozen server: start it, use it and stop it, in the same way as the app.

Usage: smoke.py PROGRAM. Uses a temporary home and a free port.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pymupdf
import websockets

READY_SECONDS = 180.0
STOP_SECONDS = 12.0
PDF_TEXT = "A frozen server reads this"
PLUGIN = """
from pathlib import Path
from cachibot.plugins.base import CachibotPlugin
from cachibot.services.document_processor import DocumentProcessor

here = Path(__file__).parent
text = DocumentProcessor().extract_text(here / "document.pdf", "pdf")
(here / "text.txt").write_text(text)

class Plugin(CachibotPlugin):
    pass
"""


REMOVED = (
    "DATABASE_URL",
    "CACHIBOT_DATABASE_URL",
    "PYTHONPATH",
    "PYTHONHOME",
    "CACHIBOT_DESKTOP_OPEN_V1",
    "CACHIBOT_DESKTOP_OPEN_WEBHOOKS",
    "CACHIBOT_DESKTOP_TOKEN",
    "CACHIBOT_DESKTOP_SERVER",
    "CACHIBOT_URL",
    "ELECTRON_RUN_AS_NODE",
    "ELECTRON_NO_ATTACH_CONSOLE",
)
HOME = "USERPROFILE" if sys.platform == "win32" else "HOME"


def environment(caller: Mapping[str, str], home: Path, workspace: Path, port: int) -> dict[str, str]:
    """Return the environment that the app gives the server: see desktop/server/core/environment.ts."""
    replaced = {HOME: str(home), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    restored = ("DATABASE_URL", "CACHIBOT_DATABASE_URL", "PYTHONPATH", "PYTHONHOME", *replaced)
    return {
        **{name: value for name, value in caller.items() if name.upper() not in REMOVED},
        **replaced,
        "CACHIBOT_DESKTOP": "true",
        "_CACHIBOT_PORT": str(port),
        "CACHIBOT_WORKSPACE": str(workspace),
        "CACHIBOT_DESKTOP_VERSION": "0.0.0",
        "CACHIBOT_DESKTOP_HANG_FILE": str(home / "hang.txt"),
        "CACHIBOT_DESKTOP_PROFILE": str(home / "profile"),
        "CACHIBOT_DESKTOP_PARENT": str(os.getpid()),
        "CACHIBOT_DESKTOP_RUN": secrets.token_hex(16),
        "CACHIBOT_DESKTOP_CALLER_ENV": json.dumps({name: caller.get(name) for name in restored}),
    }


class Server:
    """A running server."""

    def __init__(self, program: Path, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.token = secrets.token_hex(32)
        self.home = home
        self.text_file = install_plugin(home)
        self._log = (home / "stderr").open("w+b")
        workspace = home / "CachiBot"
        workspace.mkdir()
        self.process = subprocess.Popen(
            [program, "--host", "127.0.0.1", "--port", str(self.port)],
            env={**environment(os.environ, home, workspace, self.port), "CACHIBOT_TELEMETRY_DISABLED": "1"},
            cwd=workspace,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )
        assert self.process.stdin is not None, "it is a pipe"
        self.process.stdin.write(f"{self.token}\n".encode())
        self.process.stdin.flush()
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"X-CachiBot-Token": self.token},
            trust_env=False,
            timeout=30,
        )

    def log_tail(self) -> str:
        return Path(self._log.name).read_text(errors="replace")[-2000:]

    def health(self) -> tuple[int, dict[str, object]] | None:
        """Return status and body of the health, authenticated by its proof; None while the server does not respond."""
        challenge = secrets.token_hex(16)
        try:
            response = self.client.get("/api/health", headers={"X-CachiBot-Challenge": challenge})
        except httpx.TransportError:
            return None
        proof = hmac.new(self.token.encode(), challenge.encode(), "sha256").hexdigest()
        if response.headers.get("X-CachiBot-Proof") != proof:
            raise SystemExit("the server did not prove its identity")
        return response.status_code, response.json()

    def wait_for_health(self, accept: Callable[[int], bool]) -> dict[str, object]:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if (health := self.health()) and accept(health[0]):
                return health[1]
            time.sleep(0.02)
        raise SystemExit(f"not ready; exit code {self.process.poll()}:\n{self.log_tail()}")

    def close(self) -> None:
        """Kill the server if it is still running."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@contextlib.contextmanager
def started(program: Path) -> Iterator[Server]:
    """Start a server in a temporary home; kill it and remove the home at the end."""
    with tempfile.TemporaryDirectory(prefix="cachibot-smoke-", ignore_cleanup_errors=True) as home:
        server = Server(program, Path(home))
        try:
            yield server
        finally:
            server.close()


def main(program: Path) -> int:
    """Run all checks and print their results; the first failure exits."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    start = time.monotonic()
    with started(program) as server:
        server.wait_for_health(lambda _status: True)
        page = server.client.get("/")
        expect(page.status_code == 200 and "<div id=" in page.text, f"GET / returned {page.status_code}")
        print(f"first page  after {time.monotonic() - start:.2f} s")
        health = server.wait_for_health(lambda status: status == 200)
        print(f"ready       after {time.monotonic() - start:.2f} s")
        expect(version.split()[-1] == health["version"], f"the health says version {health['version']}, not {version}")
        check_assets(server, page.text)
        login = create_account(server)
        asyncio.run(check_websocket(server, login))
        read = server.text_file.is_file() and PDF_TEXT in server.text_file.read_text()
        expect(read, f"the plug-in could not read a PDF:\n{server.log_tail()}")
        stop(server)
    print("smoke test passed: page, assets, health, version, account, WebSocket, PDF, clean exit, port released")
    return 0


def check_assets(server: Server, page: str) -> None:
    """Check that every file that the page refers to is served."""
    names = [part.split('"')[0] for part in page.split('"/')[1:]]
    expect(any(name.startswith("assets/") for name in names), "the page refers to no assets")
    for name in names:
        status = server.client.get(f"/{name}").status_code
        expect(status == 200, f"GET /{name} returned {status}")


def create_account(server: Server) -> str:
    """Create the first account. Return its access token."""
    response = server.client.post(
        "/api/auth/setup",
        json={"email": "tester@example.org", "username": "tester", "password": secrets.token_hex(16)},
    )
    expect(
        response.status_code == 200,
        f"the first account could not be created: {response.status_code} {response.text[:200]}",
    )
    token: str = response.json()["access_token"]
    return token


async def check_websocket(server: Server, login: str) -> None:
    """Check that the page's WebSocket connects and responds to a ping."""
    async with websockets.connect(
        f"ws://127.0.0.1:{server.port}/ws?token={login}",
        additional_headers={"X-CachiBot-Token": server.token},
        proxy=None,
        open_timeout=20,
    ) as connection:
        pong = await connection.ping()
        await asyncio.wait_for(pong, 10)


def install_plugin(home: Path) -> Path:
    """Install a plug-in that reads a PDF as cachibot does for its bots. Return the file that it writes the text to."""
    folder = home / ".cachibot" / "plugins" / "reader"
    folder.mkdir(parents=True)
    with pymupdf.open() as document:  # type: ignore[no-untyped-call]
        document.new_page().insert_text((72, 72), PDF_TEXT)
        document.save(folder / "document.pdf")
    (folder / "plugin.toml").write_text('[plugin]\nname = "reader"\nversion = "1.0.0"\nauthor = "smoke test"\n')
    (folder / "__init__.py").write_text(PLUGIN)
    return folder / "text.txt"


def stop(server: Server) -> None:
    """Close stdin, as the app does. Check that the server exits cleanly and releases the port."""
    assert server.process.stdin is not None, "it is a pipe"
    server.process.stdin.close()
    code = server.process.wait(STOP_SECONDS)
    expect(code == 0, f"the server exited with code {code}")
    with socket.socket() as probe:
        expect(probe.connect_ex(("127.0.0.1", server.port)) != 0, "the port is still in use")


def expect(condition: bool, problem: str) -> None:
    """Exit and print the problem unless the condition is true."""
    if not condition:
        raise SystemExit(f"smoke test failed: {problem}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
