"""The request behind *Try Again* in a room: the answer of one bot, to a message that is stored already."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Retry(NamedTuple):
    """A message that is sent again."""

    bot: str = ""
    message_id: str = ""


NONE = Retry()
retrying: ContextVar[Retry] = ContextVar("retrying", default=NONE)
"""Set while a room handles such a message (gateway/room_socket.py), read by patches/try_again.py."""
