"""Asks for the version of the terms when the page has loaded, not in the moment in which the server is ready.

cachibot's first question to cachibot.ai begins as soon as the application runs. It imports the HTTP library and creates
a TLS context on the event loop, so the page's initial requests wait for it: a tenth of a second on a fast machine.
The first page asks for the terms itself (`first_use/account.py`), and a loaded page once more when the answer is there
(`page/new_terms.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..launch_options import LaunchOptions
from .patch import Patch

DELAY_SECONDS = 10.0


def apply(_launch: LaunchOptions) -> None:
    """Begin to check `DELAY_SECONDS` after the start."""
    from cachibot.services import terms_checker

    terms_checker._checker_loop = _after_a_delay(terms_checker._checker_loop)


def _after_a_delay(check: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def wait_and_check() -> None:
        await asyncio.sleep(DELAY_SECONDS)
        await check()

    return wait_and_check


PATCH = Patch(
    name="terms check",
    flaw="the page's initial requests wait for a request to cachibot.ai to be prepared",
    versions="0.3.0",
    apply=apply,
)
