"""The shell's options for the server, from the environment. Read once and removed, except for the ID of the run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from .exit_codes import Exit, Foreseen

HOST = "127.0.0.1"
"""The server answers on its own machine only."""

DEFAULT_PORT = 5870
"""The page has it in its address whatever port the server listens on (docs/contract.md)."""

TOKEN = "CACHIBOT_DESKTOP_TOKEN"  # noqa: S105 - its name, not its value
PARENT = "CACHIBOT_DESKTOP_PARENT"
CALLER_ENV = "CACHIBOT_DESKTOP_CALLER_ENV"
HANG_FILE = "CACHIBOT_DESKTOP_HANG_FILE"
VERSION = "CACHIBOT_DESKTOP_VERSION"
OPEN_V1 = "CACHIBOT_DESKTOP_OPEN_V1"
OPEN_WEBHOOKS = "CACHIBOT_DESKTOP_OPEN_WEBHOOKS"

PRIVATE = (TOKEN, PARENT, CALLER_ENV, HANG_FILE, VERSION, OPEN_V1, OPEN_WEBHOOKS)
"""Between shell and server only: no child of the server ever sees them."""

RUN = "CACHIBOT_DESKTOP_RUN"
"""Names this run of the server. Everything that is started here carries it, so that the shell
finds what has daemonised. No secret."""

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
    hang_file: Path | None = None
    version: str | None = None
    """The app's, which is not cachibot's."""
    caller_env: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    open_v1: bool = False
    open_webhooks: bool = False
    stray_log: Path | None = None
    """New path of a write-ahead log that did not belong to the database, if this start moved one."""

    @property
    def data(self) -> Path:
        """CachiBot's own data folder, shared with the user's own CachiBot."""
        return data_folder(self.home)


def data_folder(home: Path) -> Path:
    """cachibot's data folder below the given home."""
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
        run=_run(environ.get(RUN)),
        hang_file=_file(private[HANG_FILE]),
        version=_version(private[VERSION]),
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


def _run(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9a-f]{32}", text):
        raise Foreseen(Exit.BAD_CALL, f"{RUN} must be 32 lower-case hexadecimal digits.")
    return text


def _pid(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise Foreseen(Exit.BAD_CALL, f"{PARENT} must be the process id of the app, a positive number.")
    return int(text)


def _version(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9]+(\.[0-9A-Za-z+-]+){0,9}", text):
        raise Foreseen(Exit.BAD_CALL, f"{VERSION} must be the version of the app, such as 1.2.3.")
    return text


def _file(text: str | None) -> Path | None:
    if text is not None and not Path(text).is_absolute():
        raise Foreseen(Exit.BAD_CALL, f"{HANG_FILE} must be the whole path of a file.")
    return None if text is None else Path(text)


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
