"""The patch `question_mark`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_process import CachibotProcess
from systems import needs_posix


@needs_posix("Windows does not allow question marks in file names")
class TestQuestionMark:
    OPEN = """
        from cachibot.storage import db
        asyncio.run(db.init_db())
        answer = sorted(str(file.relative_to(HOME.parent.parent)) for file in HOME.parent.parent.rglob("who*")
                        if file.is_file()) + [str(file.relative_to(HOME)) for file in HOME.rglob("cachibot.db")]
        asyncio.run(db.close_db())
    """

    @pytest.mark.left_to_ci
    def test_flaw(self, tmp_path: Path) -> None:
        with CachibotProcess(self.home(tmp_path), patched=False) as stock:
            assert stock.run(self.OPEN)[0] == "who"

    def test_patch(self, tmp_path: Path) -> None:
        with CachibotProcess(self.home(tmp_path), patched=True) as patched:
            assert patched.run(self.OPEN) == [".cachibot/cachibot.db"]

    def home(self, folder: Path) -> Path:
        home = folder / "who?" / "x"
        home.mkdir(parents=True)
        return home
