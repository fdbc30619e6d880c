"""Gives the server's children the caller's environment instead of the server's.

Agent tools, git and coding agents must have the environment of the user's terminal.
PyInstaller and AppImage change PATH and LD_LIBRARY_PATH for the server; the shell passes
the caller's values. Variables that cachibot sets in `os.environ` while it runs (API keys
saved in the settings page) are not inherited: a tool that a model controls could print
them. The only variable of ours that children get is the ID of the run.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from ..launch_options import PRIVATE_VARIABLES, RUN_ID, UPSTREAM_VARIABLES, LaunchOptions
from . import child_output, windows_start
from .network_environment import CERTIFICATES, PROXY_VARIABLES

DATA_LOCATION_VARIABLES = ("HOME", "USERPROFILE", "DATABASE_URL", "CACHIBOT_DATABASE_URL")
"""Variables that get the caller's values in children only: in this process they would move the user's data."""

PYTHON_ENCODING = "PYTHONIOENCODING"
"""The encoding in which Python reads and writes pipes."""

FROZEN_SUFFIX = "_ORIG"
"""PyInstaller saves the caller's value under this suffix when it changes a variable."""


def restore_caller_env(launch: LaunchOptions, environ: MutableMapping[str, str], *, frozen: bool) -> dict[str, str]:
    """Restore the caller's values in `environ`, and return the environment for children.

    LD_LIBRARY_PATH can change here because the dynamic loader read it when the process started.
    """
    caller = _fold_names(launch.caller_env)
    if frozen:
        caller = _saved_by_pyinstaller(environ) | caller
    ours = (*PRIVATE_VARIABLES, RUN_ID, *UPSTREAM_VARIABLES, *DATA_LOCATION_VARIABLES, *PROXY_VARIABLES)
    _update(environ, {name: value for name, value in caller.items() if name not in ours})
    inherited = {name: value for name, value in environ.items() if name not in UPSTREAM_VARIABLES}
    _update(inherited, {name: value for name, value in caller.items() if name not in (*PRIVATE_VARIABLES, RUN_ID)})
    if sys.platform == "win32":
        # Python writes to a pipe in the ANSI code page otherwise, which `child_output` cannot read.
        inherited.setdefault(PYTHON_ENCODING, "utf-8")
    return inherited


def _fold_names(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the variables by the names that `os.environ` has: on Windows in upper case, since it ignores case."""
    if sys.platform != "win32":
        return dict(variables)
    folded: dict[str, str | None] = {}
    for name, value in variables.items():
        if value is not None or name.upper() not in folded:
            folded[name.upper()] = value
    return folded


def _update(environ: MutableMapping[str, str], values: Mapping[str, str | None]) -> None:
    """Set each variable to its value, or remove it if the value is None."""
    for name, value in values.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


def patch_spawn(inherited: Mapping[str, str]) -> None:
    """Start every child with `inherited`, or with its own `env` after our variables are removed.

    `child_output` reads the output. asyncio's subprocesses and `os.popen` use `subprocess.Popen`, too; `os.execl`,
    `os.spawnv`, `pty.spawn` and their variants use `os.execv` and `os.execve`, except on Windows.
    """

    def child_env(env: Mapping[str, str] | None) -> dict[str, str]:
        return dict(inherited) if env is None else _restore_in_child_env(env, inherited, dict(os.environ))

    child_output.register()
    original_init = subprocess.Popen.__init__

    @functools.wraps(original_init)
    def popen(self: Any, *args: Any, **options: Any) -> None:
        # `env` is the eleventh positional parameter, and always passed by name.
        readable = child_output.text_options(options)
        original_init(self, *args, **{**options, **readable, "env": child_env(options.get("env"))})

    subprocess.Popen.__init__ = popen  # type: ignore[method-assign]
    _replace("system", _system)
    execute = os.execve
    _replace("execve", lambda path, argv, env: execute(path, argv, child_env(env)))
    _replace("execv", lambda path, argv: execute(path, argv, child_env(None)))
    for name in ("posix_spawn", "posix_spawnp"):
        spawn: Callable[..., int] | None = getattr(os, name, None)
        if spawn is not None:
            _replace(name, functools.partial(_spawn, spawn, child_env))
    if sys.platform == "win32":
        windows_start.patch(child_env)


def _replace(name: str, function: Callable[..., Any]) -> None:
    setattr(os, name, functools.update_wrapper(function, getattr(os, name)))


def _spawn(
    spawn: Callable[..., int], child_env: Callable[[Mapping[str, str]], dict[str, str]], *args: Any, **options: Any
) -> int:
    path, argv, env = args
    return spawn(path, argv, child_env(env), **options)


def _system(command: str | bytes) -> int:
    """Replacement for `os.system`, which would pass the environment of this process."""
    code = subprocess.call(command, shell=True)  # noqa: S602 - the caller requested a shell
    if sys.platform == "win32":
        return code
    return code << 8 if code >= 0 else -code


def _restore_in_child_env(
    env: Mapping[str, str], inherited: Mapping[str, str], own: Mapping[str, str]
) -> dict[str, str]:
    """Return `env`, a changed copy of `own`, with the caller's value for each variable that was not changed."""
    child = dict(env)
    for name in (*env, *DATA_LOCATION_VARIABLES, *CERTIFICATES, *PROXY_VARIABLES, PYTHON_ENCODING):
        # This also covers variables that this process has added, such as the keys of the settings page, or removed.
        if env.get(name) == own.get(name):
            _update(child, {name: inherited.get(name)})
    for name in (*UPSTREAM_VARIABLES, RUN_ID):
        _update(child, {name: inherited.get(name)})
    return child


def _saved_by_pyinstaller(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the caller's library paths that PyInstaller saved, and None for each of PyInstaller's own variables."""
    # _PYI_ variables are for PyInstaller's bootstrap, which is over; another frozen program would misread them.
    saved: dict[str, str | None] = {name: None for name in environ if name.startswith("_PYI_")}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        if name in environ or name + FROZEN_SUFFIX in environ:
            saved[name] = environ.get(name + FROZEN_SUFFIX)
            saved[name + FROZEN_SUFFIX] = None
    return saved
