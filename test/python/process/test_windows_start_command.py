"""Shell commands on Windows that open something for the user, and the flags with which they start."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from cachibot_desktop.process import windows_start
from cachibot_desktop.process.windows_start_command import opens_for_user

OPENS = (
    "start report.docx",
    "  START  Report.DOCX \n",
    "start grüße.txt",
    'start "" "C:\\Users\\Łukasz Müller\\my report.docx"',
    'start "" C:\\a.b\\report(1).pdf',
    'start "a & b | c" "C:\\R&D\\plan ^ 100%.xlsx"',
    'start "" "%USERPROFILE%\\Desktop\\report.docx"',
    'start "" /max /d "C:\\my files" report.docx',
    "start /D C:\\files /min report.docx",
    "cmd /c start report.docx",
    'cmd.exe /C start "" report.docx',
    "start python.docx",
    "start file:///C:/report.docx",
    "start https://example.com",
    'start "" "https://example.com/x.py?a=1&b=%20c"',
    'start "" "C:\\100%, or more.docx"',
    "start mailto:a@example.com",
    "start ms-settings:display",
    "start .",
    "start ..",
    "start D:\\",
    'start "" "C:\\my files\\"',
    "start folder/",
)
RUNS = (
    "",
    "start",
    "start ",
    'start ""',
    'start "" ""',
    'start "C:\\my report.docx"',
    'start /max "C:\\my report.docx"',
    "start /b report.docx",
    "start /wait report.docx",
    'start "" /WAIT report.docx',
    "start /min /b report.docx",
    "start server.exe",
    "start SERVER.EXE",
    'start "" "C:\\my tools\\server.exe"',
    'start "" "server.exe. "',
    "start server.bat",
    "start server.cmd",
    "start server.com",
    "start server.ps1",
    "start server.py",
    "start server.lnk",
    "start file:///C:/server.exe",
    "start www.exe",
    "start www.example.com",
    "start .gitignore",
    "start server.exe:x",
    "start report.docx:server.exe",
    "start server.msc",
    "start server.url",
    "start my.tool",
    "start server.exe,x.docx",
    "start server.exe;x.docx",
    "start ,/wait,x.docx",
    "start python,serve.docx",
    "start server.exe=x.docx",
    "start /d /b x.docx",
    'start "" "%X%.docx"',
    'start "" "%CMDCMDLINE:~1,1%.docx"',
    "start python",
    "start python3.12",
    "start python x.py",
    "start notepad report.docx",
    "start C:\\tools\\python",
    "start report.docx x",
    "start %PROGRAM%",
    "start a.docx%SUFFIX%",
    "start report.%EXTENSION%",
    "start report.docx & server",
    "start report.docx&server",
    "start report.docx && server",
    "start report.docx | more",
    "start report.docx > log.txt",
    "start report^.docx",
    "start report.docx\nserver",
    'start "" "report.docx"\nserver',
    'start "" "report.docx\nserver.docx"',
    "start https://example.com/?a=1&b=2",
    "server & start report.docx",
    "cd C:\\ && start report.docx",
    "restart report.docx",
    "starter report.docx",
    "report.docx",
    "powershell start report.docx",
    "cmd /k start report.docx",
    "echo start report.docx",
)


@pytest.mark.parametrize(("command", "opens"), [*((each, True) for each in OPENS), *((each, False) for each in RUNS)])
def test_only_start_with_a_document_opens_it_for_the_user(command: str, *, opens: bool) -> None:
    assert opens_for_user(command) is opens


class Popens:
    """Stands for `Popen.__init__`. The system may forbid processes outside the job."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, dict[str, Any]]] = []
        self.refused = False

    def init(self, process: Any, args: Any, **options: Any) -> None:
        assert not hasattr(process, "_devnull")
        process._devnull = 7
        self.calls.append((args, options))
        if self.refused and options.get("creationflags", 0) & windows_start.CREATE_BREAKAWAY_FROM_JOB:
            raise PermissionError(13, "Access is denied")


@pytest.fixture
def popens(monkeypatch: pytest.MonkeyPatch) -> Popens:
    """`Popen` with the changes for Windows. `subprocess` closes no descriptor in it."""
    popens = Popens()
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *args, **options: popens.init(*args, **options))
    for name in ("spawnv", "spawnve", "startfile"):
        monkeypatch.setattr(os, name, lambda *_: None, raising=False)
    windows_start.patch(lambda env: dict(env or {}))
    return popens


OUTSIDE, HIDDEN = windows_start.CREATE_BREAKAWAY_FROM_JOB, windows_start.CREATE_NO_WINDOW


def test_a_command_that_opens_a_document_starts_outside_the_job(popens: Popens) -> None:
    subprocess.Popen("start report.docx", shell=True, cwd="C:\\")
    subprocess.Popen(args="start report.docx", shell=True, creationflags=HIDDEN)
    assert popens.calls == [
        ("start report.docx", {"shell": True, "cwd": "C:\\", "creationflags": OUTSIDE}),
        ("start report.docx", {"shell": True, "creationflags": HIDDEN | OUTSIDE}),
    ]


def test_every_other_command_starts_in_the_job(popens: Popens) -> None:
    subprocess.Popen("start server.exe", shell=True)
    subprocess.Popen("start report.docx")
    subprocess.Popen(["start", "report.docx"], shell=True, creationflags=HIDDEN)
    assert popens.calls == [
        ("start server.exe", {"shell": True}),
        ("start report.docx", {}),
        (["start", "report.docx"], {"shell": True, "creationflags": HIDDEN}),
    ]


def test_a_document_is_opened_in_the_job_if_no_process_may_leave_it(popens: Popens) -> None:
    popens.refused = True
    subprocess.Popen("start report.docx", shell=True)
    assert popens.calls == [
        ("start report.docx", {"shell": True, "creationflags": OUTSIDE}),
        ("start report.docx", {"shell": True}),
    ]
