"""The patch `plugin_registry`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

# An address that accepts connections and never responds, as in a network that drops packets.
SILENT_SERVER = """
import socket
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
SILENT_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
"""


class TestPluginRegistry:
    INSTALL = (
        SILENT_SERVER
        + """
from cachibot.services import external_plugins
external_plugins.REGISTRY_URL = external_plugins.FALLBACK_REGISTRY_URL = SILENT_URL
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

    def test_plug_ins_installed_in_the_background_are_loaded(self, patched: CachibotProcess) -> None:
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
