"""Keeps users logged in across restarts.

Without CACHIBOT_JWT_SECRET cachibot creates a new secret at each start, and all users have
to log in again after each launch of the app.

The secret is set in cachibot's configuration, not in the environment, because the agent's
child processes must not inherit it.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any

from ..files import quarantine, restrict_to_owner, what_instead_of_file, write_atomically
from ..launch_options import LaunchOptions
from .patch import Patch

FILE = "login.secret"
MIN_LENGTH = 32


def apply(launch: LaunchOptions) -> None:
    """Set the stored secret in every configuration, unless the environment has one of at least `MIN_LENGTH`."""
    if len(os.environ.get("CACHIBOT_JWT_SECRET", "")) >= MIN_LENGTH:
        return
    from cachibot.config import Config

    secret = load_or_create(launch.data / FILE)
    original = Config._load_from_env

    @functools.wraps(original)
    def load(config: Any) -> None:
        config.auth.jwt_secret = secret
        original(config)

    Config._load_from_env = load


def load_or_create(file: Path) -> str:
    """Return the secret in `file`. If it is missing or damaged, create a new one.

    Raises:
        OSError: `file` can be neither read nor written.
    """
    try:
        if what_instead_of_file(file) is not None:  # at the end of a link, where reading may never end
            raise ValueError("not a file")
        text = file.read_text(encoding="ascii").strip()
        if re.fullmatch(r"[0-9a-f]{64}", text):
            restrict_to_owner(file)
            return text
        raise ValueError("not a secret")
    except FileNotFoundError:
        pass
    except ValueError:
        quarantined = quarantine(file)
        print(
            f"The login secret in {file} was damaged and is now in {quarantined.name}. All users have to log in again.",
            file=sys.stderr,
            flush=True,
        )
    secret = secrets.token_hex(32)
    write_atomically(file, secret + "\n")
    return secret


PATCH = Patch(
    name="login secret",
    flaw="a restart logs all users out",
    versions="0.2.60-0.3.0",
    apply=apply,
)
