"""The patch `open_files`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from systems import MODE_CLOSED, MODE_OPEN


class TestOpenFiles:
    SAVE = """
        from cachibot.config import Config
        os.umask(0o022)
        config = Config.load()
        config.smtp.password = "secret"
        config.save_smtp_config()
        file = HOME / ".cachibot.toml"
        answer = [oct(file.stat().st_mode & 0o777), Config.load().smtp.password]
        file.unlink()
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.SAVE) == [MODE_OPEN, "secret"]

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.SAVE) == [MODE_CLOSED, "secret"]
