"""The patch `stray_settings`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from server_process import PYTHON, ROOT, environment


class TestStraySettings:
    def read(self, folder: Path, *, before: str) -> str:
        """Return the variable that prompture sets in a frozen program from a file in the working folder."""
        (folder / ".env").write_text("CACHIBOT_DATABASE_URL=moved\n")
        read = "import prompture; print(os.environ.get('CACHIBOT_DATABASE_URL'))"
        snippet = f"import os, sys; sys.frozen = True; {before}; {read}"
        return subprocess.run(
            [PYTHON, "-c", snippet],
            cwd=folder,
            env=environment(folder, PYTHONPATH=str(ROOT / "desktop")),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    @pytest.mark.left_to_ci
    def test_flaw(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, before="pass") == "moved"

    def test_patch(self, tmp_path: Path) -> None:
        patch = "from cachibot_desktop.patches import stray_settings as s; s.apply(None)"
        assert self.read(tmp_path, before=patch) == "None"
