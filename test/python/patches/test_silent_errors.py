"""The patch `silent_errors`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess


class TestSilentErrors:
    BUILD = """
        from cachibot.api import websocket
        from cachibot.config import Config
        async def build():
            try:
                agent = await websocket.build_bot_agent(Config(), user_message="hi")
                try:
                    return [event async for event in agent.run_stream("hi")]
                except Exception as problem:
                    return f"when it is run: {problem}"
            except Exception as problem:
                return str(problem)
        answer = asyncio.run(build())
    """
    ERROR = """
        from cachibot.models.websocket import WSMessage
        try:
            raise ConnectionRefusedError
        except OSError as problem:
            answer = WSMessage.error(f"{problem}").payload
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.BUILD) == "Either model or driver must be provided"
        assert stock.run(self.ERROR) == {"message": "", "code": None}

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.BUILD) == "when it is run: Either model or driver must be provided"
        assert "can't connect" in patched.run(self.ERROR)["explanation"]["title"]
        payload = patched.run('from cachibot.models.websocket import WSMessage\nanswer = WSMessage.error("no").payload')
        assert payload == {"message": "no", "code": None}, "without an exception there is no card"
