"""The user of the page's WebSocket, for the connections of its chats (answers.py)."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Login:
    """A login that CachiBot has checked when the page connected."""

    user: Any = None
    """CachiBot's user; None before the check, and if it failed."""

    @property
    def user_id(self) -> str:
        """ID of the user; empty if there is none."""
        return str(getattr(self.user, "id", ""))

    @property
    def is_administrator(self) -> bool:
        """Whether the user may use all bots."""
        return bool(getattr(self.user, "role", "") == "admin")


login: ContextVar[Login | None] = ContextVar("login", default=None)
"""The login of the current connection. The gateway sets it, and patches/chat_login.py reads it."""
