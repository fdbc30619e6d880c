"""The patch `background_errors`: what fails in the background says why, in the API's responses and in the chat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cachibot_desktop.gateway import plain_reason
from cachibot_process import CachibotProcess
from chat_client import connect
from server_process import ServerProcess, free_port, wait_for

Start = Callable[..., ServerProcess]
NO_KEY = "There is no API key for OpenAI. Add one in Settings > API Keys, or choose another model in Settings > Models,"
NOW = "2026-01-01T00:00:00Z"


def upload(server: ServerProcess, login: dict[str, str], name: str, content: bytes) -> dict[str, Any]:
    """Upload a document; return it once it is processed."""
    documents = f"{server.url}/api/bots/b/documents/"
    headers = {**login, "X-CachiBot-Token": server.token}
    sent = httpx.post(documents, headers=headers, files={"file": (name, content)}, timeout=30, trust_env=False)
    path = f"/api/bots/b/documents/{sent.json()['document_id']}"

    def document() -> dict[str, Any]:
        found: dict[str, Any] = server.get(path, headers=login).json()
        return found

    assert wait_for(lambda: document()["status"] != "processing", 30)
    return document()


@pytest.fixture
def ready(start: Start) -> tuple[ServerProcess, dict[str, str], str]:
    closed = f"http://127.0.0.1:{free_port()}"
    server = start(env={"OLLAMA_ENDPOINT": f"{closed}/api/generate", "CACHIBOT_DEFAULT_MODEL": "ollama/fake"})
    server.wait_until_ready()
    login = {"Authorization": f"Bearer {server.sign_up()}"}
    bot = {"id": "b", "name": "b", "model": "ollama/fake", "systemPrompt": "", "createdAt": NOW, "updatedAt": NOW}
    assert server.request("PUT", "/api/bots/b", headers=login, json=bot).status_code == 200
    return server, login, closed


@pytest.mark.left_to_ci
def test_reasons(start: Start, ready: tuple[ServerProcess, dict[str, str], str]) -> None:
    server, login, closed = ready
    refused = f"Ollama isn't running at {closed}. Start it, then try again."

    document = upload(server, login, "notes.txt", b"Nothing is embedded without a key.")
    assert document["status"] == "failed"
    assert document["error"].startswith(NO_KEY)
    damaged = upload(server, login, "damaged.pdf", b"%PDF-1.7 and no more")
    assert damaged["error"].startswith(plain_reason.UNREADABLE_DOCUMENT)
    assert upload(server, login, "empty.txt", b"  \n ")["error"] == plain_reason.NO_TEXT
    listed = server.get("/api/bots/b/documents/", headers=login).json()
    assert {each["filename"]: bool(each["error"]) for each in listed} == dict.fromkeys(
        ("notes.txt", "damaged.pdf", "empty.txt"), True
    )

    assert server.get("/api/models", headers=login).json()["problems"]["ollama"].startswith(refused)

    async def failed_task() -> str:
        async with connect(server, login["Authorization"].split()[1]) as socket:
            work = {"title": "Water the plants", "chatId": "c", "tasks": [{"title": "t", "maxRetries": 1}]}
            created = await asyncio.to_thread(server.request, "POST", "/api/bots/b/work", headers=login, json=work)
            assert created.status_code in (200, 201), created.text
            async with asyncio.timeout(60):
                while (frame := json.loads(await socket.recv()))["type"] != "scheduled_notification":
                    pass
        return str(frame["payload"]["content"])

    said = asyncio.run(failed_task())
    assert said.startswith(f"**“Water the plants” failed.**\n\n{refused}")

    assert server.stop() == 0
    again = start()
    again.wait_until_ready()
    assert again.get("/api/bots/b/documents/", headers=login).json() == listed, "the reasons are kept"


def test_flaw(stock: CachibotProcess) -> None:
    """Stock CachiBot's responses have no place for a reason."""
    fields = stock.run("""
        from cachibot.api.routes.documents import DocumentResponse
        from cachibot.api.routes.models import ModelsResponse
        answer = ["error" in DocumentResponse.model_fields, "problems" in ModelsResponse.model_fields]
    """)
    assert fields == [False, False]


def test_flaw_of_a_task(stock: CachibotProcess) -> None:
    """Its error is the text of the exception, and a chat is not told."""
    source = stock.run("""
        import inspect
        from cachibot.services import job_runner
        answer = inspect.getsource(job_runner)
    """)
    assert "error_msg = str(exc)" in source
    assert "scheduled_notification" not in source
