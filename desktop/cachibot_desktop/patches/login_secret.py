"""A login outlives a restart.

Without CACHIBOT_JWT_SECRET cachibot makes a new secret at each start, and everybody has
to log in again at every launch of the app.

The secret is handed to cachibot's configuration, not put into the environment: what the
agent starts must not inherit it.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any

from ..files import close_to_others, quarantine, write_atomically
from ..launch_options import Launch
from .patch import Patch

FILE = "login.secret"
LEAST_LENGTH = 32


def apply(launch: Launch) -> None:
    """Make every configuration that has no secret of its own start with the kept one."""
    if len(os.environ.get("CACHIBOT_JWT_SECRET", "")) >= LEAST_LENGTH:
        return
    from cachibot.config import Config

    secret = kept(launch.data / FILE)
    original = Config._load_from_env

    @functools.wraps(original)
    def load(config: Any) -> None:
        config.auth.jwt_secret = secret
        original(config)

    Config._load_from_env = load


def kept(file: Path) -> str:
    """Return the secret of `file`, made there when it is missing or damaged.

    Raises:
        OSError: it can be neither read nor written.
    """
    try:
        text = file.read_text(encoding="ascii").strip()
        if re.fullmatch(r"[0-9a-f]{64}", text):
            close_to_others(file)
            return text
        raise ValueError("not a secret")
    except FileNotFoundError:
        pass
    except ValueError:
        aside = quarantine(file)
        print(
            f"The login secret in {file} was damaged and is now in {aside.name}: everybody has to log in again.",
            file=sys.stderr,
            flush=True,
        )
    secret = secrets.token_hex(32)
    write_atomically(file, secret + "\n")
    return secret


PATCH = Patch(
    name="login secret",
    flaw="everybody is logged out by a restart",
    versions="0.2.60-0.3.0",
    apply=apply,
)
