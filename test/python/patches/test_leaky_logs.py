"""The patch `leaky_logs`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from systems import MODE_CLOSED, MODE_OPEN


class TestLeakyLogs:
    LOG = """
        import logging
        from logging.handlers import RotatingFileHandler
        from cachibot import logging_config
        os.umask(0o022)
        root = logging.getLogger()
        for handler in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
            root.removeHandler(handler)
        logging_config.setup_logging()
        logging.getLogger("aiosqlite").debug("INSERT INTO users VALUES (%s)", "$2b$12$" + "a" * 53)
        logging.getLogger("uvicorn.error").error("GET /ws?token=%s", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl")
        try:
            raise ValueError("password='correct horse'")
        except ValueError:
            logging.getLogger("x").exception("failed")
        file = HOME / ".cachibot" / "logs" / "cachibot.log"
        answer = [file.read_text(), oct(file.stat().st_mode & 0o777)]
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        text, mode = stock.run(self.LOG)
        assert "$2b$12$" in text
        assert "eyJhbGciOiJI" in text
        assert "correct horse" in text
        assert mode == MODE_OPEN

    def test_patch(self, patched: CachibotProcess) -> None:
        text, mode = patched.run(self.LOG)
        assert "$2b$12$" not in text
        assert "eyJhbGciOiJI" not in text
        assert "'correct" not in text
        assert "failed" in text
        assert mode == MODE_CLOSED
