"""The lock on the data folder."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cachibot_desktop.data.lock import DataLock
from cachibot_desktop.exit_codes import ExitCode, KnownFailure
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


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, ExitCode.DISK_FULL), (errno.EROFS, ExitCode.HOME_NOT_WRITABLE)]
)
def test_a_disk_that_takes_no_pid_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: ExitCode
) -> None:
    def fail(_handle: int, _length: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(KnownFailure) as failure:
        DataLock(home)
    assert failure.value.code == code
    assert str(home) in failure.value.lines
