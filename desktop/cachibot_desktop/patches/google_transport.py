"""Makes Google models use the proxy from the user's environment variables.

google-genai uses aiohttp if it is installed, and aiohttp supports neither `ALL_PROXY` nor
SOCKS: a request bypasses the proxy, or fails with "Only http proxies are supported". httpx,
which the other providers use, supports every kind of proxy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Make each client of google-genai use httpx."""
    from prompture.drivers import async_google_driver, async_google_img_gen_driver

    for driver in (async_google_driver.AsyncGoogleDriver, async_google_img_gen_driver.AsyncGoogleImageGenDriver):
        driver.__init__ = _with_httpx(driver.__init__)


def _with_httpx(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def init(*args: Any, **options: Any) -> None:
        # Not at startup: the import takes half a second.
        from google.genai import _api_client

        _api_client.has_aiohttp = False
        original(*args, **options)

    return init


PATCH = Patch(
    name="google transport",
    flaw="Google models ignore ALL_PROXY, and do not work with SOCKS proxies",
    versions="0.3.0 with google-genai 1.68.0",
    apply=apply,
)
