"""Uses a running server as the page does: sends a chat message over the WebSocket, and reads the stored messages."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import websockets

from server_process import ANSWER_SECONDS, ServerProcess

NOW = "2026-01-01T00:00:00Z"


def connect(server: ServerProcess, token: str, path: str = "/ws?") -> Any:
    return websockets.connect(
        f"ws://127.0.0.1:{server.port}{path}token={token}",
        additional_headers={"X-CachiBot-Token": server.token, "Origin": "http://127.0.0.1:5870"},
        proxy=None,
    )


async def chat(server: ServerProcess, token: str, text: str = "hi", model: str = "") -> list[dict[str, Any]]:
    """Send a message in a chat that is not in the database yet; return all frames until the end of the answer."""
    payload = {"message": text, "botId": "default", "chatId": "chat-of-the-ui", "models": {"default": model}}
    events: list[dict[str, Any]] = []
    async with connect(server, token) as socket:
        await socket.send(json.dumps({"type": "chat", "payload": payload}))
        async with asyncio.timeout(ANSWER_SECONDS):
            while not events or events[-1]["type"] not in ("done", "error"):
                events.append(json.loads(await socket.recv()))
    return events


def create_bots(server: ServerProcess, token: str, models: dict[str, str]) -> None:
    """Create a bot for each name in `models`, with its model."""
    for name, model in models.items():
        bot = {"id": name, "name": name, "model": model, "systemPrompt": "", "createdAt": NOW, "updatedAt": NOW}
        answer = server.request("PUT", f"/api/bots/{name}", headers={"Authorization": f"Bearer {token}"}, json=bot)
        assert answer.status_code == 200


def create_room(server: ServerProcess, token: str, bots: list[str], title: str = "Room", **settings: str | bool) -> str:
    """Create a room in which bots answer without a pause; return its ID."""
    room = {"title": title, "bot_ids": bots, "settings": {"cooldown_seconds": 0, **settings}}
    answer = server.request("POST", "/api/rooms", headers={"Authorization": f"Bearer {token}"}, json=room)
    room_id: str = answer.json()["id"]
    return room_id


def room_of_two(server: ServerProcess) -> tuple[str, str]:
    """Sign up, and create a room of two bots with Ollama's models, once the server is ready; return token and room."""
    server.wait_until_ready()
    token = server.sign_up()
    create_bots(server, token, dict.fromkeys(("one", "two"), "ollama/fake:latest"))
    return token, create_room(server, token, ["one", "two"], auto_relevance=False)


def chat_once(server: ServerProcess) -> str:
    """Sign up and send a message, once the server is ready; return the frames of the answer as text."""
    server.wait_until_ready()
    return json.dumps(asyncio.run(chat(server, server.sign_up())))


def messages(server: ServerProcess) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(server.data / "cachibot.db")) as connection:
        return connection.execute("SELECT role, content FROM bot_messages ORDER BY timestamp").fetchall()
