"""Identity of processes. test/unit/server/core/process-info.test.ts uses the same command lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cachibot_desktop.process import process_info
from server_process import wait_for
from systems import needs_posix

LINES = json.loads((Path(__file__).parents[2] / "fixtures" / "command-lines.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", LINES["words"], ids=lambda case: " ".join(case["words"]))
def test_a_command_line_identifies_the_server(case: dict) -> None:
    assert process_info.server_in(case["words"]) == case["server"]


@pytest.mark.parametrize("case", LINES["lines"], ids=lambda case: case["line"])
def test_a_command_line_in_one_string_identifies_the_server(case: dict) -> None:
    args = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', case["line"])]
    assert process_info.server_in(args) == case["server"]


def test_a_process_is_identified(tmp_path: Path) -> None:
    identify = process_info.identify
    before = tmp_path / "before"
    before.touch()
    os.utime(before, (time.time() - 60, time.time() - 60))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "a word"]) as child:
        try:
            # Between fork and exec a process has no command line, or its parent's.
            assert wait_for(lambda: (found := identify(child.pid)) is not None and found.args[-1:] == ("a word",))
            found = identify(child.pid)
            assert found is not None
            assert found.parent == os.getpid()
            assert abs(found.started - time.time()) < 20
            assert not found.may_have_written(before)
            after = tmp_path / "after"
            after.touch()
            assert found.may_have_written(after)
        finally:
            child.kill()
        assert wait_for(lambda: identify(child.pid) is None), "a dead process has no identity"


@needs_posix("Windows protects processes differently")
def test_another_users_process_is_not_identified() -> None:
    if os.geteuid() != 0:
        assert process_info.identify(1) is None
        return
    with subprocess.Popen(["sleep", "60"], user=65534) as other:
        try:
            assert process_info.identify(other.pid) is None
        finally:
            other.kill()
