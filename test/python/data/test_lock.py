"""The lock on the data folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cachibot_desktop.data.lock import DataLock
from server_process import ROOT, environment

TAKE_LOCK = """
import sys
from pathlib import Path
from cachibot_desktop.exit_codes import KnownFailure
from cachibot_desktop.data.lock import DataLock
try:
    DataLock(Path(sys.argv[1]))
except KnownFailure as failure:
    print(failure.lines)
"""


def test_another_process_cannot_take_the_lock(home: Path) -> None:
    DataLock(home)
    other = subprocess.run(
        [sys.executable, "-c", TAKE_LOCK, str(home)],
        env=environment(home, PYTHONPATH=str(ROOT / "desktop")),
        capture_output=True,
        text=True,
        check=False,
    )
    facts, line = other.stdout.splitlines()
    # The owner here is not a server. Its PID is not reported, so that it is not stopped.
    assert json.loads(facts) == {"holder": {"kind": "app", "pid": None, "since": None}}
    assert "the CachiBot app is using the data" in line
