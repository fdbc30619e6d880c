"""The shell's options for the server, from the environment, and the token.

The options are read once and removed from the environment, except for the ID of the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from .exit_codes import ExitCode, KnownFailure

HOST = "127.0.0.1"
"""The server accepts connections from this computer only."""

DEFAULT_PORT = 5870
"""The port in the page's origin, whatever port the server listens on (docs/contract.md)."""

RESTORE_JOURNAL = "restore.json"
"""Name of the file in the data folder that describes a restore in progress."""

REFUSED_TOKEN = "CACHIBOT_DESKTOP_TOKEN"  # noqa: S105 - its name, not its value
"""Earlier versions of the shell set this variable. Every program of the user can read it, so it is refused."""

PARENT = "CACHIBOT_DESKTOP_PARENT"
CALLER_ENV = "CACHIBOT_DESKTOP_CALLER_ENV"
HANG_FILE = "CACHIBOT_DESKTOP_HANG_FILE"
VERSION = "CACHIBOT_DESKTOP_VERSION"
PROFILE = "CACHIBOT_DESKTOP_PROFILE"
OPEN_V1 = "CACHIBOT_DESKTOP_OPEN_V1"
OPEN_WEBHOOKS = "CACHIBOT_DESKTOP_OPEN_WEBHOOKS"

PRIVATE_VARIABLES = (PARENT, CALLER_ENV, HANG_FILE, VERSION, PROFILE, OPEN_V1, OPEN_WEBHOOKS)
"""Variables between the shell and the server. The server's children never get them."""

RUN_ID = "CACHIBOT_DESKTOP_RUN"
"""Identifies this run of the server. All its descendants inherit the variable, so that the shell
finds the ones that daemonised. Not a secret."""

UPSTREAM_VARIABLES = ("CACHIBOT_DESKTOP", "CACHIBOT_WORKSPACE", "_CACHIBOT_PORT")
"""Variables that cachibot reads while it runs. Its children do not need them."""


@dataclass(frozen=True)
class LaunchOptions:
    """The options of one launch of the server."""

    port: int
    workspace: Path
    home: Path
    token: str = field(repr=False)
    parent: int | None = None
    run: str | None = None
    hang_file: Path | None = None
    version: str | None = None
    """Version of the desktop app; cachibot has its own."""
    profile: Path | None = None
    """The app's own folder, with the storage of the page."""
    caller_env: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    open_v1: bool = False
    open_webhooks: bool = False
    stray_log: Path | None = None
    """New path of a write-ahead log that did not belong to the database, if this launch moved it."""

    @property
    def data(self) -> Path:
        """CachiBot's data folder. A separately installed CachiBot uses it, too."""
        return data_folder(self.home)


def data_folder(home: Path) -> Path:
    """Return cachibot's data folder in the folder `home`."""
    return home / ".cachibot"


def read_launch_options(
    port: int, environ: MutableMapping[str, str], receive_token: Callable[[], str]
) -> LaunchOptions:
    """Read the shell's options, remove the private variables from `environ`, and set cachibot's.

    `receive_token` returns the token, which is not in `environ`.

    Raises:
        KnownFailure: USAGE, with the name of the variable that is malformed or refused.
            The private variables are removed from `environ` even then.
    """
    private = {name: environ.pop(name, None) for name in PRIVATE_VARIABLES}
    if environ.pop(REFUSED_TOKEN, None) is not None:
        raise KnownFailure(
            ExitCode.USAGE,
            f"{REFUSED_TOKEN} is set, which every program of the user can read: the token belongs on stdin. "
            "If CachiBot was updated while it ran, quit it and start it again.",
        )
    workspace = Path(environ.get("CACHIBOT_WORKSPACE") or Path.cwd())
    environ["CACHIBOT_DESKTOP"] = "true"
    environ["CACHIBOT_WORKSPACE"] = str(workspace)
    environ["_CACHIBOT_PORT"] = str(port)
    return LaunchOptions(
        port=port,
        workspace=workspace,
        home=Path.home(),
        token=receive_token(),
        parent=_pid(private[PARENT]),
        run=_run(environ.get(RUN_ID)),
        hang_file=_file(HANG_FILE, private),
        version=_version(private[VERSION]),
        profile=_file(PROFILE, private),
        caller_env=_caller_env(private[CALLER_ENV]),
        open_v1=private[OPEN_V1] in ("1", "true"),
        open_webhooks=private[OPEN_WEBHOOKS] in ("1", "true"),
    )


def _run(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9a-f]{32}", text):
        raise KnownFailure(ExitCode.USAGE, f"{RUN_ID} must be 32 lower-case hexadecimal digits.")
    return text


def _pid(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise KnownFailure(ExitCode.USAGE, f"{PARENT} must be the process ID of the app, a positive number.")
    return int(text)


def _version(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9]+(\.[0-9A-Za-z+-]+){0,9}", text):
        raise KnownFailure(ExitCode.USAGE, f"{VERSION} must be the version of the app, such as 1.2.3.")
    return text


def _file(name: str, variables: Mapping[str, str | None]) -> Path | None:
    text = variables[name]
    if text is not None and not Path(text).is_absolute():
        raise KnownFailure(ExitCode.USAGE, f"{name} must be an absolute path.")
    return None if text is None else Path(text)


def _caller_env(text: str | None) -> dict[str, str | None]:
    if text is None:
        return {}
    malformed = KnownFailure(ExitCode.USAGE, f"{CALLER_ENV} must be a JSON object whose values are strings or null.")
    try:
        value = json.loads(text)
    except ValueError:
        raise malformed from None
    if not isinstance(value, dict) or not all(v is None or isinstance(v, str) for v in value.values()):
        raise malformed
    return value
