"""The account that the first page creates: its login, its password, and what stock CachiBot makes of it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cachibot_process import CachibotProcess
from server_process import ServerProcess
from systems import needs_posix

OLLAMA = {"provider": "ollama", "model": "fake:latest", "address": "http://127.0.0.1:9"}


def hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def post(server: ServerProcess, path: str, body: Any, login: dict[str, Any] | None = None) -> Any:
    headers = {} if login is None else {"Authorization": f"Bearer {login['access_token']}"}
    return server.request("POST", path, json=body, headers=headers)


def get(server: ServerProcess, path: str, login: dict[str, Any]) -> Any:
    answer = server.get(path, headers={"Authorization": f"Bearer {login['access_token']}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def target(server: ServerProcess, path: str) -> str | None:
    """Where a window that loads this page is sent."""
    page = server.get(path, headers={"Sec-Fetch-Mode": "navigate"})
    assert page.status_code in (200, 307)
    return page.headers.get("location")


def set_up(server: ServerProcess, **more: Any) -> dict[str, Any]:
    answer = post(server, "/api/desktop/setup", {"name": "Ada", "terms_accepted": True, "model": None, **more})
    assert answer.status_code == 200, answer.text
    login: dict[str, Any] = answer.json()
    return login


def kept(server: ServerProcess) -> Path:
    return server.data / "account.secret"


@pytest.mark.left_to_ci
@needs_posix("elsewhere a lock belongs to a handle, not to a process")
def test_a_page_request_leaves_the_locks_of_the_database(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_ready()
    assert target(server, "/") == "/setup"
    database = server.data / "cachibot.db"
    with closing(sqlite3.connect(database)) as other:
        other.execute("SELECT count(*) FROM users").fetchone()
    assert database.with_name("cachibot.db-wal").exists(), "the server's log, which another program must not delete"
    set_up(server)
    with closing(sqlite3.connect(database)) as other:
        assert other.execute("SELECT count(*) FROM users").fetchone() == (1,)


def test_the_first_page_makes_an_account_that_logs_in_by_itself(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_responding()
    assert target(server, "/") == target(server, "/default/chats") == "/setup"
    assert target(server, "/favicon.svg") is None
    assert "Welcome to CachiBot" in server.get("/setup").text, "before CachiBot is imported"
    for body in (
        {"name": "", "terms_accepted": True},
        {"name": "a" * 33, "terms_accepted": True},
        {"name": "ada"},
        {"name": "ada", "terms_accepted": True, "model": {"provider": "ollama", "model": "x\nA=b", "address": "x"}},
        {"name": "ada", "terms_accepted": True, "model": {"provider": "openai", "model": "x"}},
    ):
        assert post(server, "/api/desktop/setup", body).status_code == 400, body
    assert server.request("POST", "/api/desktop/setup", json=[]).status_code == 400
    assert post(server, "/api/desktop/login", {}).status_code == 404

    login = set_up(server, model=OLLAMA)
    assert get(server, "/api/auth/me", login)["username"] == "ada"
    assert get(server, "/api/telemetry/status", login)["terms_accepted"] is True
    assert get(server, "/api/telemetry/status", login)["enabled"] is False
    assert get(server, "/api/models/default", login) == {"model": "ollama/fake:latest"}
    settings = (server.workspace / ".env").read_text()
    assert settings.splitlines() == [
        "OLLAMA_ENDPOINT=http://127.0.0.1:9/api/generate",
        "CACHIBOT_DEFAULT_MODEL=ollama/fake:latest",
    ]
    if os.name == "posix":
        assert kept(server).stat().st_mode & 0o777 == 0o600
    password = json.loads(kept(server).read_text())["password"]
    assert len(password) >= 32
    assert password not in server.stderr

    assert post(server, "/api/desktop/setup", {"name": "eve", "terms_accepted": True}).status_code == 409
    assert target(server, "/") is None
    assert target(server, "/setup") == "/"
    again = post(server, "/api/desktop/login", {}).json()
    assert get(server, "/api/auth/me", again)["id"] == login["user"]["id"]


@pytest.mark.left_to_ci
def test_a_second_account_asks_which_and_a_password_of_the_users_own_ends_it(
    start: Callable[..., ServerProcess],
) -> None:
    server = start()
    server.wait_until_ready()
    login = set_up(server)
    assert server.get("/api/desktop/account").json() == {"name": "ada"}
    user = {"email": "eve@example.org", "username": "eve", "password": hashed("correct horse")}
    assert post(server, "/api/auth/users", user, login).status_code == 200
    assert post(server, "/api/desktop/login", {}).status_code == 404, "with a second account, the user chooses"
    assert post(server, "/api/desktop/login", {"chosen": True}).json()["user"]["username"] == "ada"

    assert post(server, "/api/desktop/password", {"password": "short"}).status_code == 400
    assert post(server, "/api/desktop/password", {"password": hashed("correct horse")}).status_code == 200
    assert not kept(server).exists()
    assert server.get("/api/desktop/account").json() == {"name": None}
    assert post(server, "/api/desktop/login", {"chosen": True}).status_code == 404
    assert post(server, "/api/desktop/password", {"password": hashed("battery staple")}).status_code == 409
    theirs = post(server, "/api/auth/login", {"identifier": "ada", "password": hashed("correct horse")})
    assert theirs.status_code == 200
    get(server, "/api/auth/me", login)

    assert post(server, "/api/desktop/model", OLLAMA).status_code == 401
    assert post(server, "/api/desktop/model", OLLAMA, login).status_code == 200
    assert get(server, "/api/models/default", login) == {"model": "ollama/fake:latest"}


@pytest.mark.left_to_ci
def test_a_folder_that_has_accounts_is_left_to_the_log_in_of_cachibot(start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_ready()
    server.sign_up()
    assert target(server, "/") is None
    assert target(server, "/setup") == "/"
    assert post(server, "/api/desktop/login", {"chosen": True}).status_code == 404
    assert post(server, "/api/desktop/setup", {"name": "ada", "terms_accepted": True}).status_code == 409
    assert post(server, "/api/desktop/password", {"password": hashed("correct horse")}).status_code == 409
    assert not kept(server).exists()


STOCK_LOG_IN = """
    from cachibot.api.routes.auth import login
    from cachibot.models.auth import LoginRequest
    from cachibot.storage import db
    async def work():
        await db.init_db()
        return (await login(LoginRequest(identifier="ada", password={password!r}))).user.username
    answer = asyncio.run(work())
"""
RESET = """
    from typer.testing import CliRunner
    from cachibot.cli import app
    result = CliRunner().invoke(app, ["reset-password", "ada"], input="battery staple\\nbattery staple\\n")
    answer = [result.exit_code, result.output]
"""


@pytest.mark.left_to_ci
def test_stock_cachibot_works_with_the_same_folder(home: Path, start: Callable[..., ServerProcess]) -> None:
    server = start()
    server.wait_until_ready()
    set_up(server)
    password = json.loads(kept(server).read_text())["password"]
    assert server.stop() == 0
    (home / "CachiBot").rename(home / "CachiBot.app")
    with CachibotProcess(home, patched=False) as stock:
        assert stock.run(STOCK_LOG_IN.format(password=hashed(password))) == "ada"
        code, said = stock.run(RESET)
        assert code == 0, said
    (home / "CachiBot").rmdir()

    again = start()
    again.wait_until_ready()
    assert post(again, "/api/desktop/login", {}).status_code == 404
    assert not kept(again).exists(), "a password that is no longer right is discarded"
    theirs = post(again, "/api/auth/login", {"identifier": "ada", "password": hashed("battery staple")})
    assert theirs.status_code == 200


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("ada", "ada@cachibot.internal"),
        ("ada lovelace", "ada.lovelace@cachibot.internal"),
        ("josé", "jose@cachibot.internal"),
        ("李", "user@cachibot.internal"),
    ],
)
def test_the_address_of_an_account_that_has_none(name: str, email: str) -> None:
    from cachibot_desktop.first_use.account import email_of

    assert email_of(name) == email
