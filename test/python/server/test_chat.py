"""The main job: a fresh install can chat, and all data is still there after a restart."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from chat_client import chat, connect, messages
from ollama import ANSWER, Ollama
from server_process import ANSWER_SECONDS, ServerProcess, run_server
from systems import has_mode

Start = Callable[..., ServerProcess]


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with Ollama() as model:
        yield model


def test_a_fresh_install_can_chat_and_keeps_its_data(start: Start, ollama: Ollama) -> None:
    first = start(env=ollama.env)
    first.wait_until_ready()
    token = first.sign_up()
    events = asyncio.run(chat(first, token))
    assert [event for event in events if event["type"] == "error"] == []
    assert ANSWER in json.dumps(events)
    assert first.stop() == 0

    second = start(env=ollama.env)
    second.wait_until_ready()
    me = second.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 200, "still logged in"
    assert me.json()["username"] == "tester"
    assert events[-1]["type"] == "done"
    assert asyncio.run(chat(second, token, "again"))[-1]["type"] == "done"
    assert second.stop() == 0
    assert messages(second) == [("user", "hi"), ("assistant", ANSWER), ("user", "again"), ("assistant", ANSWER)]
    for server in (first, second):
        assert token not in server.stderr
    assert token not in (second.data / "logs" / "cachibot.log").read_text()


@pytest.mark.left_to_ci
def test_the_model_chosen_in_the_ui_survives(start: Start) -> None:
    first = start()
    first.wait_until_ready()
    login = {"Authorization": f"Bearer {first.sign_up()}"}
    answer = first.request("PUT", "/api/models/default", headers=login, json={"model": "ollama/chosen"})
    assert answer.status_code == 200
    (first.workspace / ".env").open("a").write("CACHIBOT_DATABASE_URL=sqlite+aiosqlite:////tmp/moved.db\nPATH=/evil\n")
    first.stop()
    assert has_mode(first.workspace / ".env", 0o600)

    second = start()
    second.wait_until_ready()
    assert second.get("/api/models/default", headers=login).json() == {"model": "ollama/chosen"}
    assert second.get("/api/auth/me", headers=login).status_code == 200, "the same database"


@pytest.mark.left_to_ci
def test_damaged_secrets_and_settings_are_quarantined_and_logged(start: Start) -> None:
    first = start()
    first.wait_until_ready()
    first.stop()
    (first.workspace / ".env").write_bytes(b"CACHIBOT_DEFAULT_MODEL=\xff\xfe\0")
    (first.data / "login.secret").write_text("half of a sec")
    second = start()
    second.wait_until_ready()
    assert (first.workspace / ".env.damaged-1").exists()
    assert (first.data / "login.secret.damaged-1").read_text() == "half of a sec"
    assert "login secret" in second.stderr
    assert "saved settings" in second.stderr
    assert "half of a sec" not in second.stderr


def wait_until_it_stops(server: ServerProcess) -> None:
    """Wait until the server responds that it is stopping."""
    deadline = time.monotonic() + 10
    while (health := server.health()) is not None and health[0] != 503:
        assert time.monotonic() < deadline, f"it does not stop: {health}"
        time.sleep(0.05)
    assert health is not None


@pytest.mark.left_to_ci
def test_a_stop_waits_for_an_answer(start: Start, ollama: Ollama) -> None:
    server = start(env=ollama.env)
    server.wait_until_ready()
    token = server.sign_up()
    # The first answer imports modules. On a busy computer that takes longer than the stop waits.
    asyncio.run(chat(server, token, "before"))
    ollama.may_answer.clear()
    ollama.requested.clear()

    async def talk() -> list[dict[str, Any]]:
        talking = asyncio.create_task(chat(server, token))
        await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS)
        activity = await asyncio.to_thread(server.get, "/api/desktop/activity")
        assert activity.json() == {"jobs": 0, "answers": 1, "streams": 1, "sockets": 1}
        health = await asyncio.to_thread(server.get, "/api/health")
        assert health.json()["busy"] is True
        server.close_stdin()
        await asyncio.to_thread(wait_until_it_stops, server)
        ollama.may_answer.set()
        return await talking

    events = asyncio.run(talk())
    assert ANSWER in json.dumps(events)
    assert server.wait() == 0
    assert messages(server)[-2:] == [("user", "hi"), ("assistant", ANSWER)]


@pytest.mark.left_to_ci
def test_the_wait_for_an_answer_is_limited(start: Start, ollama: Ollama) -> None:
    server = start(env=ollama.env)
    server.wait_until_ready()
    token = server.sign_up()
    ollama.may_answer.clear()

    async def talk() -> None:
        async with connect(server, token) as socket:
            payload = {"message": "hi", "botId": "default", "chatId": "c"}
            await socket.send(json.dumps({"type": "chat", "payload": payload}))
            await asyncio.to_thread(ollama.requested.wait, ANSWER_SECONDS)
            began = time.monotonic()
            server.close_stdin()
            code = await asyncio.to_thread(server.wait)
            print(f"aborted after {time.monotonic() - began:.1f} s")
            assert code == 0
            assert 4 < time.monotonic() - began < 12

    asyncio.run(talk())
    assert messages(server) == [("user", "hi")]


@pytest.mark.left_to_ci
def test_a_backup_of_a_running_server_is_complete(start: Start, ollama: Ollama) -> None:
    server = start(env=ollama.env)
    server.wait_until_ready()
    asyncio.run(chat(server, server.sign_up()))
    destination = server.home / "backup.db"
    answer = run_server(server.home, "--backup", str(destination))
    assert answer.returncode == 0, answer.stderr
    assert has_mode(destination, 0o600)
    with closing(sqlite3.connect(destination)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM bot_messages").fetchone() == (2,)
    again = run_server(server.home, "--backup", str(destination))
    assert again.returncode == 2
    assert "already exists" in again.stderr
    assert sorted(path.name for path in server.home.glob("backup*")) == ["backup.db"]
    assert run_server(server.home, "--check-data").returncode == 0
