"""The patch `models_without_tools`: the flaw in stock CachiBot, and the fix in chats of the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from cachibot_process import CachibotProcess
from chat_client import chat, messages
from providers import Providers, Round
from server_process import ServerProcess

ASK = """
    from prompture.agents.async_conversation import AsyncConversation
    from prompture.agents.tools_schema import ToolRegistry
    class Response:
        status_code, text = 400, '{"error":"registry.ollama.ai/library/gemma3:latest does not support tools"}'
    class Rejected(Exception):
        response = Response()
    class Driver:
        supports_tool_use = supports_messages = True
        model = "gemma3"
        async def generate_messages_with_tools_with_hooks(self, *_):
            asked.append("with tools")
            raise Rejected
        async def generate_messages_with_hooks(self, *_):
            asked.append("without")
            return {"text": "Hello", "meta": {}}
    def look() -> str:
        "Looks."
        return "nothing"
    asked = []
    tools = ToolRegistry()
    tools.register(look)
    def conversation():
        return AsyncConversation(driver=Driver(), tools=tools)
    async def whole():
        try:
            return await conversation().ask("Hi")
        except Rejected:
            return "rejected"
    async def events():
        asking = conversation()
        try:
            said = [event["text"] async for event in asking.ask_with_tool_events("Hi")]
        except Rejected:
            said = ["rejected"]
        return [*said, len(asking._messages)]
    answer = [asyncio.run(events()), asyncio.run(whole()), asked]
"""


REJECTED_LATER = f"""
    {ASK.strip()}
    async def generate(self, messages, *_):
        if any(message["role"] == "tool" for message in messages):
            raise Rejected
        return dict(text="", tool_calls=[dict(id="1", name="look", arguments=dict())])
    Driver.generate_messages_with_tools_with_hooks = generate
    Driver.model = "another"
    ran = []
    def look() -> str:
        "Looks."
        ran.append("look")
        return "nothing"
    tools = ToolRegistry()
    tools.register(look)
    answer = [asyncio.run(whole()), ran]
"""


def test_flaw(stock: CachibotProcess) -> None:
    assert stock.run(ASK) == [["rejected", 1], "rejected", ["with tools", "with tools"]]


def test_patch(patched: CachibotProcess) -> None:
    assert patched.run(ASK) == [["Hello", 2], "Hello", ["with tools", "without", "without"]]


def test_a_tool_that_ran_does_not_run_again(patched: CachibotProcess) -> None:
    assert patched.run(REJECTED_LATER) == ["rejected", ["look"]]


def test_a_chat_with_a_model_that_takes_no_tools(start: Callable[..., ServerProcess]) -> None:
    called = {"type": "tool_call", "name": "file_list", "arguments": {"path": "."}}
    with Providers() as providers:
        providers.tools = False
        server = start(env=providers.env)
        server.wait_until_ready()
        token = server.sign_up()
        for provider in ("ollama", "openai"):
            providers.rounds = [Round((json.dumps(called),)), Round(("It is ", "empty."))]
            frames = asyncio.run(chat(server, token, model=f"{provider}/fake"))
            assert frames[-1]["type"] == "done", frames
            assert [each["payload"]["tool"] for each in frames if each["type"] == "tool_start"] == ["file_list"]
            assert messages(server)[-1] == ("assistant", "It is empty.")
            assert providers.rounds == []
