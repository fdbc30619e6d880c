"""No `.env` file decides what the server finds in its environment.

prompture reads one when it is imported: frozen, the first in the working folder or any
above it, which are the agent's workspace and the user's home; else the first above its
own package. Whatever it names counts, CACHIBOT_DATABASE_URL too, which moves the
user's data. What the settings page wrote is read by `saved_settings`, name by name.
"""

from __future__ import annotations

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Let whoever asks for such a file find none."""
    import dotenv

    dotenv.load_dotenv = _find_none


def _find_none(*_args: object, **_options: object) -> bool:
    return False


PATCH = Patch(
    name="stray settings",
    flaw="a file in the workspace or the home moves the user's data to another database",
    versions="0.3.0",
    apply=apply,
)
