"""Windows's own ways to start a program: `os.spawnv`, `os.startfile`, and the command `start` of cmd.exe.

The functions of `os` would pass the environment of this process. `os.startfile` and `start` would also open a document
in our job object: the user's program, with unsaved work, would be killed when the server exits.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .windows_start_command import opens_for_user

CREATE_BREAKAWAY_FROM_JOB = 0x0100_0000
CREATE_NO_WINDOW = 0x0800_0000

COMMAND = "--start-file"
"""The command of the entry that calls `os.startfile` in a process outside the job, with the arguments of the call."""

ENTRY = Path(__file__).parents[2] / "pyinstaller-server.py"
"""The entry, if the server is not frozen."""


def patch(child_env: Callable[[Mapping[str, str] | None], dict[str, str]]) -> None:
    """Give programs that these functions start the environment of `child_env`, and open documents outside our job."""
    spawn = os.spawnve
    _replace("spawnve", lambda mode, path, argv, env: spawn(mode, path, argv, child_env(env)))
    _replace("spawnv", lambda mode, path, argv: spawn(mode, path, argv, child_env(None)))
    _replace("startfile", _start_file)
    subprocess.Popen.__init__ = _outside_job(subprocess.Popen.__init__)  # type: ignore[method-assign]


def _replace(name: str, function: Callable[..., Any]) -> None:
    setattr(os, name, functools.update_wrapper(function, getattr(os, name)))


def _outside_job(init: Callable[..., None]) -> Callable[..., None]:
    """Return a replacement for `Popen.__init__` that runs a shell command outside our job if it opens a document."""

    @functools.wraps(init)
    def popen(self: Any, args: Any, *more: Any, **options: Any) -> None:
        # `shell` is the ninth positional parameter, and always passed by name.
        if options.get("shell") and isinstance(args, str) and opens_for_user(args):
            flags = options.get("creationflags", 0) | CREATE_BREAKAWAY_FROM_JOB
            # A job around ours, such as that of a terminal, may forbid it.
            with contextlib.suppress(PermissionError):
                return init(self, args, *more, **{**options, "creationflags": flags})
            # The failed call leaves the descriptor of the null device, which it has closed.
            vars(self).clear()
        return init(self, args, *more, **options)

    return popen


def _start_file(
    filepath: str | os.PathLike[str],
    operation: str = "",
    arguments: str = "",
    cwd: str | os.PathLike[str] = "",
    show_cmd: int = 1,
) -> None:
    """Replacement for `os.startfile`: opens a file, folder or address outside our job object.

    Raises:
        OSError: as `os.startfile`.
    """
    texts = (os.fspath(filepath), operation, arguments, os.fspath(cwd) or str(Path.cwd()))
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(ENTRY)]
    command = [*program, COMMAND, *texts, str(show_cmd)]
    result = None
    # A job around ours, such as that of a terminal, may forbid it. `subprocess.Popen` has the caller's environment.
    with contextlib.suppress(PermissionError):
        result = _run(command, CREATE_NO_WINDOW | CREATE_BREAKAWAY_FROM_JOB)
    if result is None:
        result = _run(command, CREATE_NO_WINDOW)
    if result.returncode != 0:
        code, _, reason = result.stderr.strip().partition(" ")
        raise OSError(0, reason or "The program could not be started", texts[0], int(code) if code.isdigit() else 0)


def run_command(arguments: Sequence[str]) -> int:
    """Call `os.startfile` for another process. Return the exit code; after a failure stderr has the reason."""
    path, operation, parameters, cwd, show_cmd = arguments
    # Without an operation, Windows chooses the default of the file's type, which need not be "open".
    options = {"operation": operation} if operation else {}
    try:
        start = getattr(os, "startfile")  # noqa: B009 - only Windows has it
        start(path, **options, arguments=parameters, cwd=cwd, show_cmd=int(show_cmd))
    except OSError as problem:
        print(getattr(problem, "winerror", None) or 0, problem.strerror, file=sys.stderr)
        return 1
    return 0


def _run(command: list[str], flags: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, encoding="utf-8", errors="replace", creationflags=flags
    )
