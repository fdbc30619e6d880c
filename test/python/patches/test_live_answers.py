"""The patch `live_answers`: the flaw in stock CachiBot. Its fix is tested in server/test_streamed_answers.py."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from providers import FORMATS, Providers, Round


def test_flaw(stock: CachibotProcess) -> None:
    """Stock prompture asks each of these providers for the whole answer."""
    with Providers() as providers:
        providers.rounds = [Round(("in ", "pieces"))] * len(FORMATS)
        pieces = stock.run(f"""
            os.environ.update({providers.env!r})
            from prompture.agents.async_conversation import AsyncConversation
            from prompture.agents.tools_schema import ToolRegistry
            from prompture.drivers import async_claude_driver, async_google_driver, async_lmstudio_driver
            from prompture.drivers import async_ollama_driver, async_openai_driver
            drivers = [
                async_ollama_driver.AsyncOllamaDriver(model="fake"),
                async_lmstudio_driver.AsyncLMStudioDriver(model="fake"),
                async_openai_driver.AsyncOpenAIDriver(model="fake"),
                async_claude_driver.AsyncClaudeDriver(model="fake"),
                async_google_driver.AsyncGoogleDriver(model="fake"),
            ]
            tools = ToolRegistry()
            tools.register(lambda: "", name="nothing", description="Does nothing")
            async def ask(driver):
                conversation = AsyncConversation(driver=driver, tools=tools)
                return [event["text"] async for event in conversation.ask_with_tool_events("hi")]
            answer = [asyncio.run(ask(driver)) for driver in drivers]
        """)
        assert pieces == [["in pieces"]] * len(FORMATS)
        assert not any(body.get("stream") or "streamGenerate" in body["path"] for body in providers.requests)
