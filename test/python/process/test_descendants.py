"""The descendants of the server in a process table, and how they are killed."""

from __future__ import annotations

import errno
import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from cachibot_desktop.process import descendants
from cachibot_desktop.process.descendants import Row, find_descendants
from server_process import run_python
from systems import needs_linux, needs_posix


def row(pid: int, parent: int, group: int, *, zombie: bool = False) -> Row:
    return Row(pid, parent, group, zombie)


def test_descendants_include_the_group_that_we_lead() -> None:
    table = [
        row(1, 0, 1),
        row(10, 1, 10),
        row(11, 10, 10),
        row(12, 11, 12),
        row(13, 1, 10),
        row(14, 13, 14),
        row(20, 1, 20),
    ]
    assert sorted(find_descendants(10, table)) == [11, 12, 13, 14]


def test_a_group_with_another_leader_is_ignored() -> None:
    table = [row(1, 0, 1), row(5, 1, 5), row(10, 5, 5), row(11, 10, 5), row(12, 5, 5)]
    assert find_descendants(10, table) == [11]


def test_descendants_do_not_include_ourselves_or_zombies() -> None:
    table = [row(10, 10, 10), row(11, 10, 10, zombie=True), row(12, 11, 10)]
    assert find_descendants(10, table) == [12]


def test_pid_0_of_macos_is_not_a_descendant(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pid0:
        pid = 0

    me = psutil.Process()
    monkeypatch.setattr(psutil, "process_iter", lambda _: iter([Pid0(), me]))
    assert descendants._processes() == {me.pid: me}


def test_if_one_process_cannot_be_signalled_the_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    signalled = []

    class Refusing:
        def send_signal(self, signal_number: int) -> None:
            raise ValueError("preventing sending signal to process with PID 0")

    class Willing:
        def send_signal(self, signal_number: int) -> None:
            signalled.append(signal_number)

    monkeypatch.setattr(descendants, "_living_descendants", lambda: [Refusing(), Willing()])
    descendants._signal_descendants(signal.SIGTERM)
    assert signalled == [signal.SIGTERM]


SUBREAPER = """
import json, os, subprocess, sys, time
from cachibot_desktop.process import descendants
descendants.become_subreaper()
"""


@needs_linux("only there orphans become children of the server")
def test_without_children_the_process_table_is_not_read(home: Path) -> None:
    snippet = 'descendants.kill_descendants(); print(json.dumps("psutil" in sys.modules))'
    assert json.loads(run_python(home, SUBREAPER + snippet)) is False


@needs_linux("only there orphans become children of the server")
@pytest.mark.parametrize("command", ["sleep 60 >&- & echo $!", "setsid sleep 60 >&- & echo $!"])
def test_an_orphan_is_killed(home: Path, command: str) -> None:
    snippet = f"""
started = subprocess.run(["sh", "-c", {command!r}], stdout=subprocess.PIPE, check=True)
descendants.kill_descendants()
print(json.dumps(os.WIFSIGNALED(os.waitpid(int(started.stdout), 0)[1])))
"""
    assert json.loads(run_python(home, SUBREAPER + snippet)) is True


@needs_linux("only there orphans become children of the server")
def test_a_descendant_with_a_living_parent_is_killed(home: Path) -> None:
    snippet = """
child = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE)
grandchild = int(child.stdout.readline())
descendants.kill_descendants()
os.waitpid(grandchild, 0)  # it became our child
print(json.dumps(child.wait() < 0))
"""
    assert json.loads(run_python(home, SUBREAPER + snippet)) is True


@needs_posix("Windows has no such call")
def test_a_system_that_does_not_say_whether_there_are_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "waitid", refuse)
    assert descendants._has_children()
