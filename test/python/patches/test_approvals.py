"""The patch `approvals`: the flaw in stock CachiBot, and the fix in a chat of the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest

from cachibot_desktop.patches import approvals
from cachibot_process import CachibotProcess
from chat_client import connect, create_bots, create_room
from providers import Providers, Round
from server_process import ANSWER_SECONDS, ServerProcess

Frames = list[dict[str, Any]]

RISKY = "with open('made.txt', 'w') as file:\n    file.write('x')\nprint('It is written')"
ANSWER = Round(("Done.",))
STOCK = f"""
    from cachibot.agent import CachibotAgent
    from cachibot.config import Config
    asked = []
    async def ask(tool, action, details):
        asked.append(tool)
        return False
    config = Config.load(workspace=WORKSPACE)
    config.agent.model = "ollama/fake"
    agent = CachibotAgent(config=config, on_approval_needed=ask)
    tools = agent._agent._wrap_tools_with_context(None)
    answer = [tools.execute("python_execute", dict(code={RISKY!r})), asked, agent._handle_approval("t", "a", dict())]
    answer[2].close()
    answer[2] = bool(answer[2])
"""


def called(code: str) -> list[Round]:
    return [Round(("",), ("python_execute", {"code": code})), ANSWER]


async def answer(server: ServerProcess, token: str, decide: Callable[[Frames], dict[str, Any] | None]) -> Frames:
    """Send a message and return the frames of the answer. `decide` returns what the page sends after each frame."""
    payload = {"message": "hi", "botId": "default", "chatId": "c", "models": {"default": "openai/fake"}}
    frames: Frames = []
    async with connect(server, token) as socket, asyncio.timeout(ANSWER_SECONDS):
        await socket.send(json.dumps({"type": "chat", "payload": payload}))
        while not frames or frames[-1]["type"] not in ("done", "error"):
            frames.append(json.loads(await socket.recv()))
            if (decision := decide(frames)) is not None:
                await socket.send(json.dumps(decision))
    return frames


def decided(approved: bool) -> Callable[[Frames], dict[str, Any] | None]:
    def decide(frames: Frames) -> dict[str, Any] | None:
        last = frames[-1]
        return (
            {"type": "approval", "payload": {"id": last["payload"]["id"], "approved": approved}}
            if last["type"] == "approval_needed"
            else None
        )

    return decide


def stop(frames: Frames) -> dict[str, Any] | None:
    return {"type": "cancel", "payload": {"chatId": "c"}} if frames[-1]["type"] == "approval_needed" else None


def results(frames: Frames) -> list[str]:
    return [each["payload"]["result"] for each in frames if each["type"] == "tool_end"]


def asked(frames: Frames) -> Frames:
    return [each["payload"] for each in frames if each["type"] == "approval_needed"]


@pytest.fixture
def model() -> Any:
    with Providers() as running:
        yield running


def test_flaw(stock: CachibotProcess) -> None:
    result, asked_for, agreed = stock.run(STOCK)
    assert result.startswith("Error: Tool 'python_execute' requires approval")
    assert asked_for == []
    assert agreed is True, "a coroutine counts as agreement"


def test_the_user_sees_the_code_that_runs() -> None:
    code = "# only a comment\rimport os\r\n\tprint('\u202etxt')  # \u00e9\u00a0\u200b"
    shown: list[dict[str, Any]] = []

    def agree(_tool: str, _action: str, details: dict[str, Any]) -> bool:
        shown.append(details)
        return True

    def run() -> str | None:
        assert approvals._ask(SimpleNamespace(on_approval_needed=agree), "t", "a", {"code": code})
        return approvals._approved.get()

    assert copy_context().run(run) == code
    assert shown[0]["code"] == "# only a comment\\rimport os\n\tprint('\\u202etxt')  # \u00e9\\xa0\\u200b"


def test_a_tool_waits_for_the_user(start: Callable[..., ServerProcess], model: Providers) -> None:
    server = start(env=model.env)
    server.wait_until_ready()
    token = server.sign_up()

    model.rounds = called(RISKY)
    frames = asyncio.run(answer(server, token, decided(True)))
    assert [(each["tool"], each["details"]["code"]) for each in asked(frames)] == [("python_execute", RISKY)]
    assert asked(frames)[0]["details"]["riskLevel"] == "HIGH"
    assert [result for result in results(frames) if "It is written" in result] == results(frames) != []

    assert (server.workspace / "made.txt").read_text() == "x"
    (server.workspace / "made.txt").unlink()

    model.rounds = called(RISKY)
    frames = asyncio.run(answer(server, token, decided(False)))
    assert len(asked(frames)) == 1, "asked again: the approval was for one run"
    assert "denied" in results(frames)[0]
    assert "denied" in json.dumps(model.requests[-1]["messages"]), "the model knows"
    assert frames[-1]["type"] == "done"

    model.rounds = called(RISKY)
    frames = asyncio.run(answer(server, token, stop))
    assert results(frames) == []
    assert [each["payload"]["metadata"]["card"]["kind"] for each in frames if "metadata" in each["payload"]][-1:] == [
        "stopped"
    ]

    model.rounds = called("print('It is fine'")
    frames = asyncio.run(answer(server, token, decided(False)))
    assert asked(frames) == [], "the user cannot judge what is not Python"
    assert "SyntaxError" in results(frames)[0] or "syntax" in results(frames)[0].lower()

    create_bots(server, token, dict.fromkeys(("one", "two"), "openai/fake"))
    room = create_room(server, token, ["one", "two"], auto_relevance=False)
    model.rounds = called(RISKY)
    assert "denied" in asyncio.run(in_room(server, token, room)), "nobody can be asked"
    assert not (server.workspace / "made.txt").exists()


async def in_room(server: ServerProcess, token: str, room: str) -> str:
    """Send a message in a room, and return the result of the tool."""
    async with connect(server, token, f"/ws/room?room_id={room}&") as socket, asyncio.timeout(ANSWER_SECONDS):
        await socket.send(json.dumps({"type": "room_chat", "payload": {"message": "@one hi", "messageId": "1"}}))
        frame: dict[str, Any] = {"type": ""}
        while frame["type"] != "room_bot_tool_end":
            frame = json.loads(await socket.recv())
    return str(frame["payload"]["result"])
