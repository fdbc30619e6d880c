"""The Windows half of the server's processes, with functions that stand for those of Windows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cachibot_desktop.launch_options import LaunchOptions
from cachibot_desktop.process import parent, windows_start
from cachibot_desktop.process.child_environment import restore_caller_env

ACCESS_DENIED, INVALID_PARAMETER = 5, 87


def wait_for_parent(handles: list[int | None], errors: list[int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the handles that were waited for."""
    monkeypatch.setattr(parent, "POLL_SECONDS", 0.001)
    waited: list[int] = []
    parent.wait_until_exit(lambda: handles.pop(0), lambda: errors.pop(0), waited.append)
    return waited


def test_the_exit_of_the_parent_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait_for_parent([7], [], monkeypatch) == [7]


def test_a_parent_that_has_exited_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait_for_parent([None], [INVALID_PARAMETER], monkeypatch) == []


def test_a_parent_with_more_rights_has_not_exited(monkeypatch: pytest.MonkeyPatch) -> None:
    handles: list[int | None] = [None, None, None]
    assert wait_for_parent(handles, [ACCESS_DENIED, ACCESS_DENIED, INVALID_PARAMETER], monkeypatch) == []
    assert handles == []


def test_the_id_of_the_parent_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no such ID, and Python's search for it ends the process under old versions of wine."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "getppid", lambda: pytest.fail("the parent is known by the app's word only"))
    assert parent.watch(None, lambda: None)()


def test_names_of_variables_have_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    caller = {"Path": "C:\\callers", "http_proxy": "http://callers:1", "HTTP_PROXY": None, "Temp": None}
    launch = LaunchOptions(port=1, workspace=Path("/w"), home=Path("/h"), token="0" * 64, caller_env=caller)
    environ = {"PATH": "C:\\ours", "TEMP": "C:\\t"}  # `os.environ` has upper-case names there
    assert restore_caller_env(launch, environ, frozen=False) == {
        "PATH": "C:\\callers",
        "HTTP_PROXY": "http://callers:1",
        "PYTHONIOENCODING": "utf-8",
    }


@pytest.mark.parametrize(("caller", "expected"), [(None, "utf-8"), ("cp850", "cp850")])
def test_python_writes_utf_8_unless_the_caller_wants_another_encoding(
    caller: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    environ = {} if caller is None else {"PYTHONIOENCODING": caller}
    launch = LaunchOptions(port=1, workspace=Path("/w"), home=Path("/h"), token="0" * 64, caller_env={})
    assert restore_caller_env(launch, environ, frozen=False) == {"PYTHONIOENCODING": expected}


def child_env(env: Mapping[str, str] | None) -> dict[str, str]:
    return {"CHILD": "yes", **(env or {})}


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """`os` with Windows's functions, patched. Returns the calls of the original functions."""
    calls: list[Any] = []
    monkeypatch.setattr(os, "spawnve", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(os, "spawnv", lambda *_: pytest.fail("it passes the environment of the server"))
    monkeypatch.setattr(os, "startfile", lambda *_: pytest.fail("it starts programs in the job"), raising=False)
    monkeypatch.setattr(subprocess.Popen, "__init__", subprocess.Popen.__init__)
    windows_start.patch(child_env)
    return calls


def test_spawned_programs_get_the_environment_for_children(patched: list[Any]) -> None:
    os.spawnv(os.P_WAIT, "a.exe", ["a.exe"])
    os.spawnl(os.P_WAIT, "a.exe", "a.exe", "b")
    os.spawnve(os.P_WAIT, "a.exe", ["a.exe"], {"OWN": "1"})
    assert patched == [
        (os.P_WAIT, "a.exe", ["a.exe"], {"CHILD": "yes"}),
        (os.P_WAIT, "a.exe", ("a.exe", "b"), {"CHILD": "yes"}),
        (os.P_WAIT, "a.exe", ["a.exe"], {"CHILD": "yes", "OWN": "1"}),
    ]


STARTED = """
import json, sys
sys.platform = "win32"
import os
os.startfile = lambda path, **options: print(json.dumps([path, options])) if "gone" not in path else fail()
def fail():
    problem = FileNotFoundError(2, "The system cannot find the file specified")
    problem.winerror = 2
    raise problem
from cachibot_desktop.cli import main
sys.exit(main(sys.argv[1:]))
"""


def start_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str, refused: bool = False) -> list[int]:
    """Call `os.startfile` in a server with the real entry's code. Return the flags of the processes it started."""
    script = tmp_path / "entry.py"
    package = Path(windows_start.__file__).parents[2]
    script.write_text(f"import sys; sys.path.insert(0, {str(package)!r})\n{STARTED}")
    monkeypatch.setattr(windows_start, "ENTRY", script)
    flags: list[int] = []
    run = subprocess.run

    def without_flags(command: list[str], *, creationflags: int, **options: Any) -> subprocess.CompletedProcess[str]:
        flags.append(creationflags)
        if refused and creationflags & windows_start.CREATE_BREAKAWAY_FROM_JOB:
            raise PermissionError(13, "Access is denied")
        result = run(command, **options)
        (tmp_path / "output").write_text(result.stdout)
        return result

    monkeypatch.setattr(subprocess, "run", without_flags)
    os.startfile(*arguments)  # type: ignore[attr-defined,unused-ignore]
    return flags


@pytest.mark.usefixtures("patched")
def test_a_document_is_opened_outside_the_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document = "C:\\Łukasz & Söhne\\-b %PATH%.docx"
    flags = start_file(monkeypatch, tmp_path, document, "edit")
    options = {"operation": "edit", "arguments": "", "cwd": str(Path.cwd()), "show_cmd": 1}
    assert json.loads((tmp_path / "output").read_text()) == [document, options]
    assert [bool(flag & windows_start.CREATE_BREAKAWAY_FROM_JOB) for flag in flags] == [True]


@pytest.mark.usefixtures("patched")
def test_a_document_is_opened_where_no_process_may_leave_the_job(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flags = start_file(monkeypatch, tmp_path, "C:\\a.docx", refused=True)
    assert [bool(flag & windows_start.CREATE_BREAKAWAY_FROM_JOB) for flag in flags] == [True, False]
    options = {"arguments": "", "cwd": str(Path.cwd()), "show_cmd": 1}
    assert json.loads((tmp_path / "output").read_text()) == ["C:\\a.docx", options]


@pytest.mark.usefixtures("patched")
def test_a_document_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot find the file") as raised:
        start_file(monkeypatch, tmp_path, "C:\\gone.docx")
    assert raised.value.filename == "C:\\gone.docx"
