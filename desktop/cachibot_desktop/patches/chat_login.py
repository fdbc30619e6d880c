"""A chat's connection belongs to the user whose page asked, also when the page's token has run out meanwhile.

The gateway opens a connection to CachiBot for each chat that asks (gateway/answers.py). CachiBot checks the token of
each connection, and the page's own stays open for hours after its token has run out. So the check of the page's
connection counts for those of its chats, too.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ..gateway.login import login
from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Wrap the check of a connection's token."""
    from cachibot.api import websocket

    websocket.get_user_from_token = _once(websocket.get_user_from_token)


def _once(check: Callable[[str], Awaitable[Any]]) -> Callable[[str], Awaitable[Any]]:
    @functools.wraps(check)
    async def check_once(token: str) -> Any:
        current = login.get()
        if current is None:
            return await check(token)
        if current.user is None:
            current.user = await check(token)
        return current.user

    return check_once


PATCH = Patch(
    name="chat login",
    flaw="a connection for another chat is refused once the page's token has run out",
    versions="0.3.0",
    apply=apply,
)
