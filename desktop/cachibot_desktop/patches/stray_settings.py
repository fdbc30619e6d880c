"""Keeps a `.env` file from changing the server's environment.

prompture reads such a file when it is imported. In a frozen program it is the first file in
the working folder (the agent's workspace) or a folder above it (such as the user's home);
otherwise, the first file above prompture's package. It can set any variable, including
CACHIBOT_DATABASE_URL, which moves the user's data. `saved_settings` reads the variables that
the settings page has written, and no others.

prompture's own settings read it, too, and the import fails if it is a link to a disk that is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Replace dotenv's loader with a function that loads nothing, and read no file that cannot be looked at."""
    import dotenv
    from pydantic_settings import DotEnvSettingsSource

    dotenv.load_dotenv = _find_none
    tolerant: Any = _tolerant(DotEnvSettingsSource._read_env_files)
    DotEnvSettingsSource._read_env_files = tolerant  # type: ignore[method-assign]


_Values = Mapping[str, str | None]


def _find_none(*_args: object, **_options: object) -> bool:
    return False


def _tolerant(read: Callable[[Any], _Values]) -> Callable[[Any], _Values]:
    def read_if_possible(source: Any) -> _Values:
        try:
            return read(source)
        except OSError:
            return {}  # `saved_settings` logs it

    return read_if_possible


PATCH = Patch(
    name="stray settings",
    flaw="a .env file in the workspace or the home can move the user's data to another database",
    versions="0.3.0",
    apply=apply,
)
