"""Creates the key that encrypts stored secrets, readable by its owner alone.

cachibot writes the key and restricts the file afterwards. On a disk without permissions, such as a
network share, that fails: the first secret is not stored, and the page says "Internal Server Error".
On any other disk, other users can read the key for a moment.
"""

from __future__ import annotations

import os
import secrets

from ..files import report_if_open, write_atomically
from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Create the file before cachibot does. cachibot reads it."""
    from cachibot.services import encryption

    original = encryption.EncryptionService._load_master_key

    def load() -> bytes:
        file = encryption._MASTER_KEY_FILE
        if not os.environ.get("CACHIBOT_MASTER_KEY") and not file.exists():
            write_atomically(file, secrets.token_hex(32))
            report_if_open(file, "the disk keeps no permissions")
        key: bytes = original()
        return key

    encryption.EncryptionService._load_master_key = staticmethod(load)


PATCH = Patch(
    name="master key",
    flaw="on a disk without permissions the first secret of a bot is not stored",
    versions="0.3.0",
    apply=apply,
)
