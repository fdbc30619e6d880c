"""The environment of the server's children: the caller's, and nothing of ours.

Agent tools, git and coding agents must see the machine as in the user's own terminal.
Freezers and AppImage change PATH and LD_LIBRARY_PATH for the server; the shell tells
us the caller's values. What cachibot puts into `os.environ` while it runs (API keys
saved in the settings page) stays with the server: a tool that a model drives could
otherwise print them. The one thing of ours is the name of the run.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from ..launch_options import FOR_UPSTREAM, PRIVATE, RUN, Launch
from .network_environment import CERTIFICATES

WHERE_THE_DATA_IS = ("HOME", "USERPROFILE", "DATABASE_URL", "CACHIBOT_DATABASE_URL")
"""The caller's values of these are for children only: in this process they would move the user's data."""

# PyInstaller keeps the caller's value under this suffix when it changes a variable.
FROZEN_SUFFIX = "_ORIG"


def restore_caller_env(launch: Launch, environ: MutableMapping[str, str], *, frozen: bool) -> dict[str, str]:
    """Put the caller's values back into `environ` and return the environment children get.

    Safe for this process: the dynamic loader read LD_LIBRARY_PATH when it began.
    """
    caller = dict(launch.caller_env)
    if frozen:
        caller = _kept_by_the_freezer(environ) | caller
    ours = (*PRIVATE, RUN, *FOR_UPSTREAM, *WHERE_THE_DATA_IS)
    _put(environ, {name: value for name, value in caller.items() if name not in ours})
    inherited = {name: value for name, value in environ.items() if name not in FOR_UPSTREAM}
    _put(inherited, {name: value for name, value in caller.items() if name not in (*PRIVATE, RUN)})
    return inherited


def _put(environ: MutableMapping[str, str], values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


def patch_spawn(inherited: Mapping[str, str]) -> None:
    """Start every child with `inherited`, or with its own `env` after our variables are removed.

    asyncio's subprocesses and `os.popen` are made by `subprocess.Popen` too; `os.execl`,
    `os.spawnv` and `pty.spawn`, and all their likes, by `os.execv` and `os.execve`.
    """

    def without_ours(env: Mapping[str, str] | None) -> dict[str, str]:
        return dict(inherited) if env is None else _as_the_callers(env, inherited, dict(os.environ))

    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def popen(self: Any, *args: Any, **options: Any) -> None:
        # `env` is the eleventh positional parameter; nobody passes it by position.
        start(self, *args, **{**options, "env": without_ours(options.get("env"))})

    subprocess.Popen.__init__ = popen  # type: ignore[method-assign]
    _replace("system", _system)
    execute = os.execve
    _replace("execve", lambda path, argv, env: execute(path, argv, without_ours(env)))
    _replace("execv", lambda path, argv: execute(path, argv, without_ours(None)))
    for name in ("posix_spawn", "posix_spawnp"):
        spawn: Callable[..., int] | None = getattr(os, name, None)
        if spawn is not None:
            _replace(name, functools.partial(_spawn, spawn, without_ours))


def _replace(name: str, function: Callable[..., Any]) -> None:
    setattr(os, name, functools.update_wrapper(function, getattr(os, name)))


def _spawn(
    spawn: Callable[..., int], without_ours: Callable[[Mapping[str, str]], dict[str, str]], *args: Any, **options: Any
) -> int:
    path, argv, env = args
    return spawn(path, argv, without_ours(env), **options)


def _system(command: str | bytes) -> int:
    """As `os.system`, which hands on everything that this process has in its own environment."""
    code = subprocess.call(command, shell=True)  # noqa: S602 - that is what was asked for
    if sys.platform == "win32":
        return code
    return code << 8 if code >= 0 else -code


def _as_the_callers(env: Mapping[str, str], inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return an environment derived from ours, with the caller's values where it still has ours."""
    child = dict(env)
    for name in (*env, *WHERE_THE_DATA_IS, *CERTIFICATES):
        # Also what came later, such as the keys of the settings page, and what was removed.
        if env.get(name) == own.get(name):
            _put(child, {name: inherited.get(name)})
    for name in (*FOR_UPSTREAM, RUN):
        _put(child, {name: inherited.get(name)})
    return child


def _kept_by_the_freezer(environ: Mapping[str, str]) -> dict[str, str | None]:
    # Its own notes are for the program's start, which is over; another frozen program would take them for its own.
    kept: dict[str, str | None] = {name: None for name in environ if name.startswith("_PYI_")}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        if name in environ or name + FROZEN_SUFFIX in environ:
            kept[name] = environ.get(name + FROZEN_SUFFIX)
            kept[name + FROZEN_SUFFIX] = None
    return kept
