"""What a child of the server inherits: the caller's environment, and nothing of ours.

Agent tools, git and coding agents must see the machine as in the person's own terminal.
Freezers and AppImage change PATH and LD_LIBRARY_PATH for the server; the shell tells
us the caller's values. What cachibot puts into `os.environ` while it runs (API keys
saved in the settings page) stays with the server: a tool that a model drives could
otherwise print them.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Mapping, MutableMapping
from typing import Any

from .launch import FOR_UPSTREAM, PRIVATE, Launch

# PyInstaller keeps the caller's value under this suffix when it changes a variable.
FROZEN_SUFFIX = "_ORIG"


def give_back(launch: Launch, environ: MutableMapping[str, str], *, frozen: bool) -> dict[str, str]:
    """Put the caller's values back into `environ` and return the environment children get.

    Safe for this process: the dynamic loader read LD_LIBRARY_PATH when it began.
    """
    caller = dict(launch.caller_env)
    if frozen:
        caller = _kept_by_the_freezer(environ) | caller
    for name, value in caller.items():
        if name in PRIVATE or name in FOR_UPSTREAM:
            continue
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value
    inherited = {name: value for name, value in environ.items() if name not in FOR_UPSTREAM}
    inherited |= {name: value for name in FOR_UPSTREAM if (value := caller.get(name)) is not None}
    return inherited


def spawn_with(inherited: Mapping[str, str]) -> None:
    """Make every `subprocess` child without an environment of its own start with `inherited`.

    asyncio's subprocesses are made by `subprocess.Popen` too.
    """
    original = subprocess.Popen.__init__

    @functools.wraps(original)
    def start(self: Any, *args: Any, **options: Any) -> None:
        # `env` is the eleventh positional parameter; nobody passes it by position.
        env = options.get("env")
        options["env"] = dict(inherited) if env is None else _without_ours(env, inherited)
        original(self, *args, **options)

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]


def _without_ours(env: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name not in FOR_UPSTREAM or name in inherited}


def _kept_by_the_freezer(environ: Mapping[str, str]) -> dict[str, str | None]:
    kept: dict[str, str | None] = {}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        if name in environ or name + FROZEN_SUFFIX in environ:
            kept[name] = environ.get(name + FROZEN_SUFFIX)
            kept[name + FROZEN_SUFFIX] = None
    return kept
