"""Google models are reached through the proxy that the user's variables name.

google-genai sends with aiohttp wherever aiohttp is installed, and aiohttp knows neither
`ALL_PROXY` nor SOCKS: a request goes past the proxy, or fails with "Only http proxies
are supported". With httpx, which the other providers use, every kind works.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Have each client of google-genai made for httpx."""
    from prompture.drivers import async_google_driver, async_google_img_gen_driver

    for driver in (async_google_driver.AsyncGoogleDriver, async_google_img_gen_driver.AsyncGoogleImageGenDriver):
        driver.__init__ = _without_aiohttp(driver.__init__)


def _without_aiohttp(make: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(make)
    def init(*args: Any, **options: Any) -> None:
        # Not at the start: the package takes half a second to import.
        from google.genai import _api_client

        _api_client.has_aiohttp = False
        make(*args, **options)

    return init


PATCH = Patch(
    name="google transport",
    flaw="Google models do not use the proxy of ALL_PROXY, nor any that speaks SOCKS",
    versions="0.3.0 with google-genai 1.68.0",
    apply=apply,
)
