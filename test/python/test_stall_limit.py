"""A run in which no test finishes any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from server_process import ROOT, wait_for

SECONDS = 12 if os.name == "posix" else 45
"""Windows starts the workers much more slowly."""

NEVER_ENDS = """
import os, time
from pathlib import Path

def test_first():
    pass

def test_second():
    Path(os.environ["PID_FILE"]).write_text(str(os.getpid()))
    time.sleep(600)

def test_third():
    pass
"""


@pytest.mark.left_to_ci
def test_a_run_that_stalls_is_ended_and_names_the_tests_that_have_not_finished(tmp_path: Path) -> None:
    tests, results, pid = tmp_path / "test_never_ends.py", tmp_path / "results.json", tmp_path / "pid"
    tests.write_text(NEVER_ENDS)
    path = os.pathsep.join(str(ROOT / folder) for folder in ("test", "test/python"))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "--numprocesses=2", "--dist=loadfile", tests],
        cwd=tmp_path,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "CACHIBOT_TEST_RESULTS": str(results),
            "CACHIBOT_TEST_STALL_SECONDS": str(SECONDS),
            "PID_FILE": str(pid),
            "PYTHONPATH": path,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    found = json.loads(results.read_text(encoding="utf-8"))
    assert found["passed"] == 1
    names = [failed["name"].rpartition("::")[2] for failed in found["failed"]]
    assert names == ["test_second", "test_third"]
    assert f"no test has finished for {SECONDS} s" in found["failed"][0]["detail"]
    assert found["aborted"] is True
    summary = run.stdout.partition("These tests have not finished")[2]
    assert [line.rpartition("::")[2] for line in summary.splitlines()[1:]] == names
    assert wait_for(lambda: not is_alive(int(pid.read_text())), 60), "its worker has not exited"


def is_alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
