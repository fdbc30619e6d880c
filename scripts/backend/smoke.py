"""Smoke test of a built server: it starts, serves, works and leaves, as the app would have it.

Usage: smoke.py PROGRAM. Runs in a throw-away home, on a free port, and stops the server itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pymupdf
import websockets

READY_SECONDS = 180.0
STOP_SECONDS = 12.0
WORDS = "A frozen server reads this"
READER = """
from pathlib import Path
from cachibot.plugins.base import CachibotPlugin
from cachibot.services.document_processor import DocumentProcessor

here = Path(__file__).parent
words = DocumentProcessor().extract_text(here / "words.pdf", "pdf")
(here / "words.txt").write_text(words)

class Plugin(CachibotPlugin):
    pass
"""


class Server:
    """One started server."""

    def __init__(self, program: Path, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.token = secrets.token_hex(32)
        self.home = home
        self.words = put_reader(home)
        self._log = (home / "stderr").open("w+b")
        workspace = home / "CachiBot"
        workspace.mkdir()
        self.process = subprocess.Popen(
            [program, "--host", "127.0.0.1", "--port", str(self.port)],
            env={
                "HOME": str(home),
                "USERPROFILE": str(home),
                "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
                "PATH": os.environ["PATH"],
                "CACHIBOT_DESKTOP": "true",
                "CACHIBOT_DESKTOP_TOKEN": self.token,
                "CACHIBOT_WORKSPACE": str(workspace),
                "CACHIBOT_TELEMETRY_DISABLED": "1",
            },
            cwd=workspace,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"X-CachiBot-Token": self.token},
            trust_env=False,
            timeout=30,
        )

    def said(self) -> str:
        return Path(self._log.name).read_text(errors="replace")[-2000:]

    def proved_health(self) -> tuple[int, dict[str, object]] | None:
        """Status and body; None while nobody answers."""
        challenge = secrets.token_hex(16)
        try:
            answer = self.client.get("/api/health", headers={"X-CachiBot-Challenge": challenge})
        except httpx.TransportError:
            return None
        proof = hmac.new(self.token.encode(), challenge.encode(), "sha256").hexdigest()
        if answer.headers.get("X-CachiBot-Proof") != proof:
            raise SystemExit("the server could not prove who it is")
        return answer.status_code, answer.json()

    def wait(self, status: Callable[[int], bool]) -> dict[str, object]:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if (health := self.proved_health()) and status(health[0]):
                return health[1]
            time.sleep(0.02)
        raise SystemExit(f"not ready; exit code {self.process.poll()}:\n{self.said()}")

    def end(self) -> None:
        """End it the hard way, if it still runs."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@contextlib.contextmanager
def started(program: Path) -> Iterator[Server]:
    """Start a server in a home of its own; whatever is left of both is removed."""
    with tempfile.TemporaryDirectory(prefix="cachibot-smoke-", ignore_cleanup_errors=True) as home:
        server = Server(program, Path(home))
        try:
            yield server
        finally:
            server.end()


def main(program: Path) -> int:
    """Go through it all, one line each; the first failure ends it."""
    wanted = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    began = time.monotonic()
    with started(program) as server:
        server.wait(lambda _status: True)
        page = server.client.get("/")
        expect(page.status_code == 200 and "<div id=" in page.text, "the first page")
        print(f"first page  after {time.monotonic() - began:.2f} s")
        health = server.wait(lambda status: status == 200)
        print(f"ready       after {time.monotonic() - began:.2f} s")
        expect(wanted.split()[-1] == health["version"], f"the version: {health['version']}, not {wanted}")
        check_assets(server, page.text)
        login = make_account(server)
        asyncio.run(check_websocket(server, login))
        expect(server.words.is_file() and WORDS in server.words.read_text(), f"a PDF is read:\n{server.said()}")
        stop(server)
    print("smoke test passed: page, assets, health, version, account, WebSocket, PDF, clean stop, port free")
    return 0


def check_assets(server: Server, page: str) -> None:
    """Everything the page names is served."""
    names = [part.split('"')[0] for part in page.split('"/')[1:]]
    expect(any(name.startswith("assets/") for name in names), "the page names its assets")
    for name in names:
        expect(server.client.get(f"/{name}").status_code == 200, f"/{name}")


def make_account(server: Server) -> str:
    """Make the first account; its access token."""
    answer = server.client.post(
        "/api/auth/setup",
        json={"email": "person@example.org", "username": "person", "password": secrets.token_hex(16)},
    )
    expect(answer.status_code == 200, f"the first account: {answer.status_code} {answer.text[:200]}")
    token: str = answer.json()["access_token"]
    return token


async def check_websocket(server: Server, login: str) -> None:
    """The page's own connection opens."""
    async with websockets.connect(
        f"ws://127.0.0.1:{server.port}/ws?token={login}",
        additional_headers={"X-CachiBot-Token": server.token},
        proxy=None,
        open_timeout=20,
    ) as connection:
        pong = await connection.ping()
        await asyncio.wait_for(pong, 10)


def put_reader(home: Path) -> Path:
    """Place a plug-in that reads a PDF as cachibot does for its bots; return where it writes what it read."""
    folder = home / ".cachibot" / "plugins" / "reader"
    folder.mkdir(parents=True)
    with pymupdf.open() as document:  # type: ignore[no-untyped-call]
        document.new_page().insert_text((72, 72), WORDS)
        document.save(folder / "words.pdf")
    (folder / "plugin.toml").write_text('[plugin]\nname = "reader"\nversion = "1.0.0"\nauthor = "smoke test"\n')
    (folder / "__init__.py").write_text(READER)
    return folder / "words.txt"


def stop(server: Server) -> None:
    """Close its stdin, as the app does; it ends cleanly and frees the port."""
    assert server.process.stdin is not None, "it is a pipe"
    server.process.stdin.close()
    expect(server.process.wait(STOP_SECONDS) == 0, f"a clean end: {server.process.returncode}")
    with socket.socket() as probe:
        expect(probe.connect_ex(("127.0.0.1", server.port)) != 0, "the port is free")


def expect(true: bool, what: str) -> None:
    """End with one line when it is not so."""
    if not true:
        raise SystemExit(f"smoke test failed: {what}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
