"""The patch `tool_rounds`: the flaw in stock CachiBot, and the translated history."""

from __future__ import annotations

from typing import Any

from cachibot_desktop.patches.tool_rounds import UNKNOWN_SIGNATURE, for_anthropic, for_google, for_ollama
from cachibot_process import CachibotProcess
from providers import Providers, Round

CALL = ("nothing", {"x": 1})


def called(name: str) -> dict[str, Any]:
    return {"id": name, "type": "function", "function": {"name": f"tool_{name}", "arguments": '{"x": 1}'}}


HISTORY = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": "Both.", "tool_calls": [called("a"), called("b")]},
    {"role": "tool", "tool_call_id": "a", "content": "1"},
    {"role": "tool", "tool_call_id": "b", "content": "2"},
    {"role": "assistant", "content": "", "tool_calls": [called("c")]},
    {"role": "tool", "tool_call_id": "c", "content": "3"},
]

ASK = """
    os.environ.update({env!r})
    from prompture.agents.async_conversation import AsyncConversation
    from prompture.agents.tools_schema import ToolRegistry
    from prompture.drivers import async_claude_driver, async_google_driver, async_ollama_driver
    tools = ToolRegistry()
    def nothing(x: int) -> str:
        return ""
    tools.register(nothing, description="Does nothing")
    async def ask(driver):
        try:
            return await AsyncConversation(driver=driver, tools=tools).ask("hi")
        except Exception as problem:
            return type(problem).__name__
    answer = [asyncio.run(ask(driver)) for driver in (
        async_ollama_driver.AsyncOllamaDriver(model="fake"),
        async_claude_driver.AsyncClaudeDriver(model="fake"),
        async_google_driver.AsyncGoogleDriver(model="fake"),
    )]
"""


def ask(process: CachibotProcess, *rounds: Round) -> Any:
    with Providers() as providers:
        providers.rounds = list(rounds)
        return process.run(ASK.format(env=providers.env))


def test_flaw(stock: CachibotProcess) -> None:
    assert ask(stock, *[Round(("look",), CALL)] * 3) == ["RuntimeError", "BadRequestError", "RuntimeError"]


def test_patch(patched: CachibotProcess) -> None:
    assert ask(patched, *[Round(("look",), CALL), Round(("done",))] * 3) == ["done"] * 3


def test_history_for_ollama() -> None:
    system, user, both, first, second, more, third = for_ollama(HISTORY, "llama")
    assert [system, user] == HISTORY[:2]
    assert both["tool_calls"] == [{"function": {"name": f"tool_{name}", "arguments": {"x": 1}}} for name in "ab"]
    assert more["tool_calls"] == [{"function": {"name": "tool_c", "arguments": {"x": 1}}}]
    assert [message["tool_name"] for message in (first, second, third)] == ["tool_a", "tool_b", "tool_c"]


def test_history_for_anthropic() -> None:
    def use(name: str) -> dict[str, Any]:
        return {"type": "tool_use", "id": name, "name": f"tool_{name}", "input": {"x": 1}}

    def result(name: str, content: str) -> dict[str, Any]:
        return {"type": "tool_result", "tool_use_id": name, "content": content}

    assert for_anthropic(HISTORY, "claude") == [
        *HISTORY[:2],
        {"role": "assistant", "content": [{"type": "text", "text": "Both."}, use("a"), use("b")]},
        {"role": "user", "content": [result("a", "1"), result("b", "2")]},
        {"role": "assistant", "content": [use("c")]},
        {"role": "user", "content": [result("c", "3")]},
    ]


def test_history_for_google() -> None:
    def use(name: str, **more: Any) -> dict[str, Any]:
        return {"function_call": {"name": f"tool_{name}", "args": {"x": 1}}, **more}

    def result(name: str, content: str) -> dict[str, Any]:
        return {"function_response": {"name": f"tool_{name}", "response": {"result": content}}}

    signed = {"thought_signature": UNKNOWN_SIGNATURE}
    for model, more in (("gemini-3-pro-preview", signed), ("gemini-2.5-flash", {}), ("gemini-1.5-pro", {})):
        assert for_google(HISTORY, model) == [
            HISTORY[0],
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [{"text": "Both."}, use("a", **more), use("b")]},
            {"role": "user", "content": [result("a", "1"), result("b", "2")]},
            {"role": "assistant", "content": [use("c", **more)]},
            {"role": "user", "content": [result("c", "3")]},
        ]
