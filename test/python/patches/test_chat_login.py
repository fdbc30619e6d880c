"""The patch `chat_login`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

CONNECT = """
    import types
    from cachibot.api import websocket
    from cachibot_desktop.gateway.login import Login, login
    async def connect():
        login.set(Login(types.SimpleNamespace(id="ada")))
        user = await websocket.get_user_from_token("a token that has run out")
        login.set(Login())
        return [getattr(user, "id", None), await websocket.get_user_from_token("a token that has run out")]
    answer = asyncio.run(connect())
"""


class TestChatLogin:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(CONNECT) == [None, None]

    def test_patch(self, patched: CachibotProcess) -> None:
        """The check of the page's connection counts; without one the token is checked."""
        assert patched.run(CONNECT) == ["ada", None]
