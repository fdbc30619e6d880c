"""The patch `saved_settings`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from systems import MODE_CLOSED, MODE_OPEN


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

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.SAVE) == MODE_OPEN
        assert stock.run(self.LOAD) == ""

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.SAVE) == MODE_CLOSED
        patched.run("""
            from cachibot_desktop.patches import saved_settings
            os.environ.update(saved_settings.read(WORKSPACE / ".env"))
        """)
        model = patched.run(self.LOAD)
        patched.run('del os.environ["CACHIBOT_DEFAULT_MODEL"], os.environ["OPENAI_API_KEY"]')
        assert model == "ollama/kept"

    def test_the_names_are_those_that_a_page_can_write(self, stock: CachibotProcess) -> None:
        from cachibot_desktop.patches.saved_settings import NAMES

        upstream = stock.run("""
            from cachibot.api.routes.providers import PROVIDERS
            answer = [name for info in PROVIDERS.values() for name in (info["env_key"], *info.get("extra_keys", []))]
        """)
        models = {"CACHIBOT_DEFAULT_MODEL", "CACHIBOT_UTILITY_MODEL", "CACHIBOT_EMBEDDING_MODEL"}
        of_the_first_page = {"LMSTUDIO_API_KEY"}
        assert set(upstream) | models | of_the_first_page == NAMES
