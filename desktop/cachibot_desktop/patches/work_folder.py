"""The agent works in the folder that the user has chosen.

Flaw: the settings show the folder, but *Browse* does nothing, and CachiBot takes the folder of its process, in which it
keeps its settings, too. cachibot 0.3.0.

Fix: a configuration names the chosen folder once it is loaded, and it is the folder of the process, from which the
agent's Python code reads. CachiBot's own settings stay where they are (data/work_folder.py).
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

from ..data import work_folder
from ..launch_options import LaunchOptions
from .patch import Patch


def apply(launch: LaunchOptions) -> None:
    """Make `workspace_path` of the configuration a property."""
    from cachibot.config import Config

    load = Config.load.__func__

    def read(config: Any) -> Path:
        own: Path = config.__dict__["workspace_path"]
        return work_folder.current(launch.data, own) if config.__dict__.get("_loaded") else own

    def write(config: Any, folder: Path) -> None:
        config.__dict__["workspace_path"] = folder

    @functools.wraps(load)
    def load_config(cls: type, workspace: Path | str | None = None, config_file: Path | str | None = None) -> Any:
        # Without a workspace it is the folder of the process, which is the user's and may contain settings.
        config = load(cls, workspace or launch.workspace, config_file)
        config.__dict__["_loaded"] = True
        return config

    Config.workspace_path = property(read, write)
    Config.load = classmethod(load_config)
    folder = work_folder.current(launch.data, launch.workspace)
    if folder != launch.workspace:
        os.chdir(folder)


PATCH = Patch(
    name="work folder",
    flaw="the agent cannot work in a folder of the user's choice",
    versions="0.3.0",
    apply=apply,
)
