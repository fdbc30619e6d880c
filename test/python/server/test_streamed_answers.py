"""A real server shows an answer as it arrives: its providers send the rest once the page has the first piece."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from cachibot_desktop.gateway.chat_card import cut_off, markdown
from chat_client import connect, create_bots, create_room, messages
from providers import ANSWER_TOKENS, FORMATS, PROMPT_TOKENS, Format, Providers, Round
from server_process import ANSWER_SECONDS, ServerProcess

TOOL = ("file_list", {"path": "."})
ROUNDS = (Round(("Let me ", "look."), TOOL), Round(("It is “", "empty” 😀,", "\nas far as I see.  ", "\tBye.")))
ANSWER = ROUNDS[1].text
Frames = list[dict[str, Any]]

by_name = pytest.mark.parametrize("provider", FORMATS, ids=lambda each: each.name)


@pytest.fixture(scope="module")
def providers() -> Iterator[Providers]:
    with Providers() as running:
        yield running


@pytest.fixture(scope="module")
def server(providers: Providers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, str]]:
    """One server for all tests of this file, and the user's token."""
    process = ServerProcess(tmp_path_factory.mktemp("home"), env=providers.env)
    try:
        process.wait_until_ready()
        yield process, process.sign_up()
    finally:
        process.kill()


@pytest.fixture(autouse=True)
def fresh(providers: Providers) -> None:
    providers.rounds, providers.requests = [], []
    providers.streams, providers.ignores_streams, providers.pauses = True, False, False


async def say(
    server: tuple[ServerProcess, str], provider: Format, providers: Providers | None = None, model: str = "fake"
) -> Frames:
    """Send a message and return the frames of the answer. `providers` continue when the page has the first piece."""
    payload = {"message": "hi", "botId": "default", "chatId": "c", "models": {"default": f"{provider.name}/{model}"}}
    frames: Frames = []
    async with connect(*server) as socket:
        await socket.send(json.dumps({"type": "chat", "payload": payload}))
        async with asyncio.timeout(ANSWER_SECONDS):
            while not frames or frames[-1]["type"] not in ("done", "error"):
                frames.append(json.loads(await socket.recv()))
                if providers is not None and frames[-1]["payload"].get("role") == "assistant":
                    providers.proceed()
    return frames


def said(frames: Frames) -> list[str]:
    """Return the texts of the assistant's messages, as the page puts them together."""
    texts: dict[str, str] = {}
    for frame in frames:
        if frame["type"] == "message" and frame["payload"]["role"] == "assistant":
            name = frame["payload"]["messageId"]
            texts[name] = texts.get(name, "") + frame["payload"]["content"]
    return list(texts.values())


def outcome(frames: Frames) -> Any:
    """Return what must be the same with and without streaming: tools and figures."""
    tools = [frame["payload"].get("tool") for frame in frames if frame["type"] in ("tool_start", "tool_end")]
    usage = next(frame["payload"] for frame in frames if frame["type"] == "usage")
    names = ("totalTokens", "promptTokens", "completionTokens", "iterations", "callCount", "errors")
    return tools, {name: usage[name] for name in names}


@by_name
def test_text_appears_as_it_comes_with_tools_on(
    server: tuple[ServerProcess, str], providers: Providers, provider: Format
) -> None:
    simulated = provider.name == "lmstudio"
    providers.rounds, providers.pauses = list(ROUNDS), True
    live = asyncio.run(say(server, provider, providers))
    assert live[-1]["type"] == "done", live
    assert said(live) == ([] if simulated else ["Let me look."]) + [ANSWER]
    first = next(frame for frame in live if frame["payload"].get("role") == "assistant")
    assert first["payload"]["content"] == ("It is “" if simulated else "Let me ")
    assert messages(server[0])[-1] == ("assistant", ANSWER)
    assert len(providers.requests) == 2

    providers.rounds, providers.pauses, providers.ignores_streams = list(ROUNDS), False, True
    whole = asyncio.run(say(server, provider))
    assert outcome(live) == outcome(whole)
    assert outcome(live)[1]["totalTokens"] == 2 * (PROMPT_TOKENS + ANSWER_TOKENS)
    assert messages(server[0])[-1] == ("assistant", ANSWER)


@by_name
@pytest.mark.parametrize("ends", ["early", "cut"])
def test_a_broken_stream_is_not_an_answer(
    server: tuple[ServerProcess, str], providers: Providers, provider: Format, ends: Literal["early", "cut"]
) -> None:
    providers.rounds = [Round(ROUNDS[1].pieces, ends=ends)] * 3
    frames = asyncio.run(say(server, provider))
    assert frames[-1]["type"] == "error"
    began, failed = said(frames)
    assert began == ROUNDS[1].pieces[0]
    assert "before the answer was complete" in failed
    assert messages(server[0])[-1] == ("user", "hi"), "half an answer is not stored as one"
    assert len(providers.requests) == 1, "a second request would show the text again"


@by_name
@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
def test_an_answer_that_ends_at_the_limit_of_tokens_says_so(
    server: tuple[ServerProcess, str], providers: Providers, provider: Format, whole: bool
) -> None:
    providers.rounds, providers.ignores_streams = [ROUNDS[0], Round(ROUNDS[1].pieces, at_limit=True)], whole
    frames = asyncio.run(say(server, provider))
    assert frames[-1]["type"] == "done"
    assert said(frames)[-2:] == [ANSWER, markdown(cut_off())]
    assert messages(server[0])[-1] == ("assistant", ANSWER)

    providers.rounds = [Round(ROUNDS[0].pieces, TOOL, at_limit=True), ROUNDS[1]]
    assert said(asyncio.run(say(server, provider)))[-1] == ANSWER, "only the end of the answer counts"


@by_name
def test_an_error_in_a_stream_is_explained(
    server: tuple[ServerProcess, str], providers: Providers, provider: Format
) -> None:
    providers.rounds = [Round(ROUNDS[1].pieces, ends="error")] * 3
    frames = asyncio.run(say(server, provider))
    assert frames[-1]["type"] == "error"
    assert f"({provider.status_of_error})" in said(frames)[-1]
    assert len(providers.requests) == 1


@by_name
def test_a_provider_that_refuses_to_stream_answers_whole(
    server: tuple[ServerProcess, str], providers: Providers, provider: Format
) -> None:
    providers.streams = False
    providers.rounds = list(ROUNDS)
    frames = asyncio.run(say(server, provider, model="unverified"))
    assert said(frames)[-1] == ANSWER
    assert len(providers.requests) == 3, "refused once, then asked for the whole answer in each round"
    assert messages(server[0])[-1] == ("assistant", ANSWER)


def test_a_room_shows_each_round_and_stores_the_answer(server: tuple[ServerProcess, str], providers: Providers) -> None:
    process, token = server
    login = {"Authorization": f"Bearer {token}"}
    create_bots(process, token, {"one": "ollama/fake", "two": "lmstudio/fake"})
    # Only the bot that the user names answers. Others would continue without the socket, and use up the next rounds.
    room_id = create_room(process, token, ["one", "two"], auto_relevance=False)

    async def ask(bot: str) -> Frames:
        providers.rounds, providers.pauses = list(ROUNDS), True
        frames: Frames = []
        async with connect(process, token, f"/ws/room?room_id={room_id}&") as socket:
            await socket.send(json.dumps({"type": "room_chat", "payload": {"message": f"@{bot} hi"}}))
            async with asyncio.timeout(ANSWER_SECONDS):
                while not frames or frames[-1]["type"] not in ("room_bot_done", "room_error"):
                    frames.append(json.loads(await socket.recv()))
                    if frames[-1]["type"] == "room_message" and frames[-1]["payload"]["content"]:
                        providers.proceed()
        return frames

    for bot, shown in (("one", f"Let me look.\n\n{ANSWER}"), ("two", ANSWER)):
        frames = asyncio.run(ask(bot))
        assert frames[-1]["type"] == "room_bot_done", frames
        bubbles = [frame["payload"] for frame in frames if frame["type"] == "room_message"]
        assert "".join(each["content"] for each in bubbles if each["senderId"] == bot) == shown
        assert {each["messageId"] for each in bubbles if each["senderId"] == bot} == {
            frames[-1]["payload"]["messageId"]
        }
        stored = process.get(f"/api/rooms/{room_id}/messages", headers=login).json()
        assert [each["content"] for each in stored if each["senderId"] == bot] == [ANSWER]
