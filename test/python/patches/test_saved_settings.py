"""The patch `saved_settings`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cachibot_desktop.patches import saved_settings
from cachibot_process import CachibotProcess
from systems import MODE_CLOSED, MODE_OPEN, needs_posix

WRITER = """
import sys, time
with open(sys.argv[1], "wb") as pipe:
    for part in sys.argv[2:]:
        pipe.write(part.encode())
        pipe.flush()
        time.sleep(0.2)
"""


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
        upstream = stock.run("""
            from cachibot.api.routes.providers import PROVIDERS
            answer = [name for info in PROVIDERS.values() for name in (info["env_key"], *info.get("extra_keys", []))]
        """)
        models = {"CACHIBOT_DEFAULT_MODEL", "CACHIBOT_UTILITY_MODEL", "CACHIBOT_EMBEDDING_MODEL"}
        of_the_first_page = {"LMSTUDIO_API_KEY"}
        assert set(upstream) | models | of_the_first_page == saved_settings.NAMES


@needs_posix("Windows has no named pipes in folders")
class TestPipe:
    """A password manager makes `.env` a pipe, and writes the keys when a program reads it."""

    @pytest.fixture
    def pipe(self, tmp_path: Path) -> Path:
        os.mkfifo(tmp_path / ".env")
        return tmp_path / ".env"

    def test_it_is_read_and_stays(self, pipe: Path) -> None:
        with subprocess.Popen([sys.executable, "-c", WRITER, str(pipe), "OPENAI_API_", "KEY=key\n", "OTHER=x\n"]):
            assert saved_settings.read(pipe) == {"OPENAI_API_KEY": "key"}
        assert pipe.is_fifo()

    def test_it_is_ignored_if_no_program_writes(self, pipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
        began = time.monotonic()
        assert saved_settings.read(pipe) == {}
        assert time.monotonic() - began < 10
        assert capsys.readouterr().err == f"{pipe}: It is a pipe. It was ignored: no program writes to it.\n"
        assert pipe.is_fifo()

    def test_what_is_not_text_is_ignored(self, pipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'wb').write(bytes([255]))"]):
            assert saved_settings.read(pipe) == {}
        assert "It is a pipe. It was ignored:" in capsys.readouterr().err
        assert pipe.is_fifo()

    def test_the_settings_page_neither_waits_for_it_nor_replaces_it(self, patched: CachibotProcess) -> None:
        assert patched.run("""
            from cachibot.api import env_utils
            from cachibot.api.routes import providers
            file = WORKSPACE / ".env"
            file.unlink(missing_ok=True)
            os.mkfifo(file)
            env_utils.set_env_value("OPENAI_API_KEY", "key")
            answer = [file.is_fifo(), os.environ.pop("OPENAI_API_KEY"), providers._read_env_file()]
            file.unlink()
        """) == [True, "key", ""]
