"""The patch `pid_guard`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cachibot_process import CachibotProcess
from systems import not_under_wine


class TestPidGuard:
    @pytest.fixture
    def unrelated(self) -> Iterator[subprocess.Popen[bytes]]:
        """An unrelated Python program."""
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            yield process
            process.kill()

    def guard(self, cachibot_process: CachibotProcess, unrelated: subprocess.Popen[bytes]) -> list[str]:
        file = cachibot_process.home / ".cachibot" / "server.pid"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"pid": unrelated.pid}))
        cachibot_process.run("""
            from cachibot.services.pid_guard import kill_stale_server, write_pid_file
            import threading
            kill_stale_server()
            write_pid_file(port=5870)
        """)
        written = file.read_text()
        file.unlink()
        return [written]

    @not_under_wine("its taskkill kills no trees")
    @pytest.mark.left_to_ci
    def test_flaw(self, stock: CachibotProcess, unrelated: subprocess.Popen[bytes]) -> None:
        assert str(unrelated.pid) not in self.guard(stock, unrelated)[0]
        assert unrelated.wait(5) != 0

    def test_patch(self, patched: CachibotProcess, unrelated: subprocess.Popen[bytes]) -> None:
        assert str(unrelated.pid) in self.guard(patched, unrelated)[0]
        assert unrelated.poll() is None
