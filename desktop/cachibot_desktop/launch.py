"""What the shell tells the server through the environment, read once and taken out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from .codes import Exit, Foreseen

TOKEN = "CACHIBOT_DESKTOP_TOKEN"  # noqa: S105 - its name, not its value
PARENT = "CACHIBOT_DESKTOP_PARENT"
RUN = "CACHIBOT_DESKTOP_RUN"
CALLER_ENV = "CACHIBOT_DESKTOP_CALLER_ENV"
OPEN_V1 = "CACHIBOT_DESKTOP_OPEN_V1"
OPEN_WEBHOOKS = "CACHIBOT_DESKTOP_OPEN_WEBHOOKS"

PRIVATE = (TOKEN, PARENT, RUN, CALLER_ENV, OPEN_V1, OPEN_WEBHOOKS)
"""Between shell and server only: no child of the server ever sees them."""

FOR_UPSTREAM = ("CACHIBOT_DESKTOP", "CACHIBOT_WORKSPACE", "_CACHIBOT_PORT")
"""Set for cachibot itself, which reads them while it runs; its children have no use for them."""


@dataclass(frozen=True)
class Launch:
    """One start of the server, as the shell ordered it."""

    port: int
    workspace: Path
    home: Path
    token: str = field(repr=False)
    parent: int | None = None
    run: str | None = None
    caller_env: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    open_v1: bool = False
    open_webhooks: bool = False

    @property
    def data(self) -> Path:
        """CachiBot's own data folder, shared with the person's own CachiBot."""
        return data_folder(self.home)


def data_folder(home: Path) -> Path:
    """Where cachibot keeps its data below the given home."""
    return home / ".cachibot"


def read_launch(port: int, environ: MutableMapping[str, str]) -> Launch:
    """Read the shell's orders and remove the private ones from `environ`.

    Raises:
        Foreseen: BAD_CALL, naming the variable that is missing or malformed. The
            private variables are gone from `environ` even then.
    """
    private = {name: environ.pop(name, None) for name in PRIVATE}
    workspace = Path(environ.get("CACHIBOT_WORKSPACE") or Path.cwd())
    environ["CACHIBOT_DESKTOP"] = "true"
    environ["CACHIBOT_WORKSPACE"] = str(workspace)
    environ["_CACHIBOT_PORT"] = str(port)
    return Launch(
        port=port,
        workspace=workspace,
        home=Path.home(),
        token=_token(private[TOKEN]),
        parent=_pid(private[PARENT]),
        run=private[RUN],
        caller_env=_caller_env(private[CALLER_ENV]),
        open_v1=private[OPEN_V1] in ("1", "true"),
        open_webhooks=private[OPEN_WEBHOOKS] in ("1", "true"),
    )


def _token(text: str | None) -> str:
    if text is None:
        raise Foreseen(Exit.BAD_CALL, f"{TOKEN} is not set: this server is started by the CachiBot app, not by hand.")
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Foreseen(Exit.BAD_CALL, f"{TOKEN} must be 64 lower-case hexadecimal digits.")
    return text


def _pid(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise Foreseen(Exit.BAD_CALL, f"{PARENT} must be the process id of the app, a positive number.")
    return int(text)


def _caller_env(text: str | None) -> dict[str, str | None]:
    if text is None:
        return {}
    wrong = Foreseen(Exit.BAD_CALL, f"{CALLER_ENV} must be a JSON object of names to strings or null.")
    try:
        value = json.loads(text)
    except ValueError:
        raise wrong from None
    if not isinstance(value, dict) or not all(v is None or isinstance(v, str) for v in value.values()):
        raise wrong
    return value
