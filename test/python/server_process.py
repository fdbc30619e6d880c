"""Starts the server as a real process, and uses it as the shell does."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from systems import needs_linux

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "desktop" / "pyinstaller-server.py"
READY_SECONDS = 180.0

ANSWER_SECONDS = 120.0
"""Limit for an answer in a chat: a failure, and no measure of speed, because other tests use the machine, too."""

PYTHON = os.environ.get("CACHIBOT_TEST_PYTHON") or sys.executable
"""The server's own interpreter, which has no test tools; by default the interpreter that runs the tests."""

FROZEN = os.environ.get("CACHIBOT_TEST_SERVER")
SERVER = [FROZEN] if FROZEN else [PYTHON, str(ENTRY)]
"""Command of the tested server: the frozen one, or the entry point in its plain environment."""


needs_mounts = needs_linux("only Linux lets a process mount a small file system for itself alone")
IS_ROOT = os.name == "posix" and os.geteuid() == 0
UNSHARE = ["unshare", "--mount"] if IS_ROOT else ["unshare", "--user", "--map-root-user", "--mount"]

ORDINARY_USER = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if IS_ROOT else []
"""Beginning of a command without the rights of root, whose files stay its own."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment with only PATH from the computer that runs the tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USERPROFILE": str(home),
        "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
        "CACHIBOT_TELEMETRY_DISABLED": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        # This address refuses connections at once, so no test depends on the internet, or waits for it.
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
        **more,
    }


def run_python(home: Path, code: str, *args: str) -> str:
    """Run code with our package in the server's interpreter; return its output. Its working folder is `home`."""
    answer = subprocess.run(
        [PYTHON, "-c", code, *args],
        cwd=home,
        env=environment(home, PYTHONPATH=str(ROOT / "desktop")),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


NO_PROXIES: dict[str, str | None] = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"))
"""Removes the proxies of `environment`."""


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Poll `condition` until it is true; return False after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def token_on_stdin(first_line: bytes = b"0" * 64 + b"\n") -> Iterator[int]:
    """Yield a pipe for the stdin of a server. It contains `first_line`, by default a token, and stays open."""
    read, write = os.pipe()
    try:
        os.write(write, first_line)
        yield read
    finally:
        os.close(read)
        os.close(write)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group; on Windows, which has no groups, its process tree."""
    if os.name != "posix":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        process.kill()  # wine's taskkill kills no trees
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class ServerProcess:
    """A running server.

    `env` changes its environment (None removes a variable); `under` is a command that runs it; `first_line` replaces
    the token on its stdin.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        env: dict[str, str | None] | None = None,
        under: Sequence[str] = (),
        first_line: bytes | None = None,
    ) -> None:
        self.home = home
        self.port = port or free_port()
        self.token = secrets.token_hex(32)
        self.workspace = home / "CachiBot"
        self.workspace.mkdir(exist_ok=True)
        variables: dict[str, str | None] = {
            **environment(home),
            "CACHIBOT_DESKTOP": "true",
            "_CACHIBOT_PORT": str(self.port),
            "CACHIBOT_WORKSPACE": str(self.workspace),
            "CACHIBOT_DESKTOP_PARENT": str(os.getpid()),
            **(env or {}),
        }
        self._log = (home / f"stderr-{self.port}").open("w+b")
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [*under, *SERVER, "--host", "127.0.0.1", "--port", str(self.port)],
            cwd=self.workspace,
            env={name: value for name, value in variables.items() if value is not None},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.token}\n".encode() if first_line is None else first_line)
        self.process.stdin.flush()

    @property
    def data(self) -> Path:
        return self.home / ".cachibot"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stderr(self) -> str:
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    def get(self, path: str, *, token: bool = True, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, token=token, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: bool = True,
        headers: dict[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        ours = {"X-CachiBot-Token": self.token} if token else {}
        return httpx.request(
            method,
            self.url + path,
            headers={**ours, **(headers or {})},
            json=json,
            content=content,
            timeout=30,
            trust_env=False,
        )

    def health(self) -> tuple[int, dict[str, Any]] | None:
        """Return status and body of the health response, after a check of its proof; None if there is no response."""
        challenge = secrets.token_hex(16)
        try:
            answer = self.get("/api/health", token=False, headers={"X-CachiBot-Challenge": challenge})
        except httpx.TransportError:
            return None
        proof = hmac.new(self.token.encode(), challenge.encode(), "sha256").hexdigest()
        assert answer.headers["x-cachibot-proof"] == proof
        return answer.status_code, answer.json()

    def wait_until_responding(self) -> tuple[int, dict[str, Any]]:
        return self._wait(lambda health: health is not None)

    def wait_until_ready(self) -> dict[str, Any]:
        return self._wait(lambda health: health is not None and health[0] == 200)[1]

    def _wait(self, is_accepted: Any) -> tuple[int, dict[str, Any]]:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server exited with {self.process.returncode}:\n{self.stderr}")
            health = self.health()
            if is_accepted(health):
                assert health is not None
                return health
            time.sleep(0.02)
        raise AssertionError(f"the server did not reach that state within {READY_SECONDS} s:\n{self.stderr}")

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, seconds: float = 20.0) -> int:
        """Wait for the exit and return the exit code. Prints the duration."""
        began = time.monotonic()
        code = self.process.wait(seconds)
        print(f"exited with {code} after {time.monotonic() - began:.2f} s")
        return code

    def stop(self) -> int:
        self.close_stdin()
        return self.wait()

    def kill(self) -> None:
        """Kill the process and its group, as the shell does if the server does not stop."""
        kill_group(self.process)
        self.process.wait()
        if self.process.stdin is not None:  # not before: at its end the server exits by itself
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        self._log.close()

    def sign_up(self) -> str:
        """Create the first account and return its access token."""
        answer = self.request(
            "POST",
            "/api/auth/setup",
            json={"email": "tester@example.org", "username": "tester", "password": "ab" * 32},
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


def run_server(
    home: Path, *arguments: str, stdin: int = subprocess.DEVNULL, under: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the server's command line until it exits, by default without stdin. `under` is a command that runs it."""
    return subprocess.run(
        [*under, *SERVER, *arguments],
        cwd=home,
        env=environment(home, **env),
        stdin=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=READY_SECONDS,
        check=False,
    )


def run_self_test(server: Sequence[str | Path], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a server's self-test. Its output is a file: a program that it leaves, as under wine, keeps a pipe open."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        command = [*server, "--self-test"]
        answer = subprocess.run(
            command,
            cwd=home,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, answer.returncode, output.read())
