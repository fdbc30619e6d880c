"""Keeps a `.env` file from changing the server's environment.

prompture reads such a file when it is imported. In a frozen program it is the first file in
the working folder (the agent's workspace) or a folder above it (such as the user's home);
otherwise, the first file above prompture's package. It can set any variable, including
CACHIBOT_DATABASE_URL, which moves the user's data. `saved_settings` reads the variables that
the settings page has written, and no others.
"""

from __future__ import annotations

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Replace dotenv's loader with a function that loads nothing."""
    import dotenv

    dotenv.load_dotenv = _find_none


def _find_none(*_args: object, **_options: object) -> bool:
    return False


PATCH = Patch(
    name="stray settings",
    flaw="a .env file in the workspace or the home can move the user's data to another database",
    versions="0.3.0",
    apply=apply,
)
