"""The patch `plugin_registry`: the flaw in stock CachiBot (`stock`), and its absence (`patched`)."""

from __future__ import annotations

from cachibot_process import CachibotProcess

# An address that takes connections and never answers: a network that swallows packets.
BLACK_HOLE = """
import socket
hole = socket.socket()
hole.bind(("127.0.0.1", 0))
hole.listen()
SWALLOWED = f"http://127.0.0.1:{hole.getsockname()[1]}"
"""


class TestPluginRegistry:
    INSTALL = (
        BLACK_HOLE
        + """
from cachibot.services import external_plugins
external_plugins.REGISTRY_URL = external_plugins.FALLBACK_REGISTRY_URL = SWALLOWED
async def start():
    began = time.monotonic()
    try:
        await asyncio.wait_for(external_plugins.install_official_plugins(), 2)
        return time.monotonic() - began
    except TimeoutError:
        return "waits for the network"
answer = asyncio.run(start())
"""
    )

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.INSTALL) == "waits for the network"

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.INSTALL) < 1

    def test_what_is_installed_later_is_loaded(self, patched: CachibotProcess) -> None:
        calls = patched.run("""
            from cachibot.services import external_plugins
            from cachibot_desktop.patches import plugin_registry
            calls = []
            async def install(plugins_dir=None):
                calls.append("install")
                return {"new"}
            async def go():
                plugin_registry.DELAY_SECONDS = 0
                original = external_plugins.reload_external_plugins
                external_plugins.reload_external_plugins = lambda folder=None: calls.append("reload")
                try:
                    await plugin_registry._in_background(install)()
                    await asyncio.sleep(0.2)
                finally:
                    external_plugins.reload_external_plugins = original
                    plugin_registry.DELAY_SECONDS = 3.0
            asyncio.run(go())
            answer = calls
        """)
        assert calls == ["install", "reload"]
