"""The patch `saved_settings`: the flaw in stock CachiBot (`stock`), and its absence (`patched`)."""

from __future__ import annotations

from laboratory import Laboratory
from systems import CLOSED, OPEN


class TestSavedSettings:
    SAVE = """
        from cachibot.api import env_utils
        os.umask(0o022)
        env_utils.set_env_value("CACHIBOT_DEFAULT_MODEL", "ollama/kept")
        env_utils.set_env_value("OPENAI_API_KEY", "key")
        del os.environ["CACHIBOT_DEFAULT_MODEL"], os.environ["OPENAI_API_KEY"]
        answer = oct((WORKSPACE / ".env").stat().st_mode & 0o777)
    """
    LOAD = """
        from cachibot.config import Config
        answer = Config.load(workspace=WORKSPACE).agent.model
    """

    def test_flaw(self, stock: Laboratory) -> None:
        assert stock.run(self.SAVE) == OPEN
        assert stock.run(self.LOAD) == ""

    def test_patch(self, patched: Laboratory) -> None:
        assert patched.run(self.SAVE) == CLOSED
        model = patched.run(f"""
            from cachibot_desktop.patches import saved_settings
            os.environ.update(saved_settings.read(WORKSPACE / ".env"))
            {self.LOAD.strip().replace(chr(10) + "        ", chr(10) + "            ")}
            del os.environ["CACHIBOT_DEFAULT_MODEL"], os.environ["OPENAI_API_KEY"]
        """)
        assert model == "ollama/kept"

    def test_the_names_are_those_that_the_settings_page_can_write(self, stock: Laboratory) -> None:
        from cachibot_desktop.patches.saved_settings import NAMES

        upstream = stock.run("""
            from cachibot.api.routes.providers import PROVIDERS
            answer = [name for info in PROVIDERS.values() for name in (info["env_key"], *info.get("extra_keys", []))]
        """)
        models = {"CACHIBOT_DEFAULT_MODEL", "CACHIBOT_UTILITY_MODEL", "CACHIBOT_EMBEDDING_MODEL"}
        assert set(upstream) | models == NAMES
