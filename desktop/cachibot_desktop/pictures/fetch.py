"""Fetches one picture from the internet, without cookies and within limits.

The address comes from a text that a model or a website wrote, so it may point at this machine or at a private network
(server-side request forgery). Each name is looked up once, all of its addresses must be public, and the connection goes
to one of them: looking it up again could give another. The same holds for each redirect.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import words
from .own_networks import is_in_any, own_networks
from .picture_format import format_of, may_be_picture
from .public_network import is_public

if TYPE_CHECKING:
    import httpx

SECONDS = 20.0
"""For all of it: names, redirects and content."""
CONNECT_SECONDS = 6.0
MOST_BYTES = 10_000_000
MOST_REDIRECTS = 5
LONGEST_ADDRESS = 2_000
_ADDRESSES_TRIED = 3

_HEADERS = {
    "Accept": "image/avif,image/webp,image/png,image/jpeg,image/gif,image/svg+xml",
    "Accept-Encoding": "identity",
    "User-Agent": "Mozilla/5.0 (compatible; CachiBot)",
}


@dataclass(frozen=True)
class Picture:
    """A picture, and its type as its content tells it."""

    content_type: str
    content: bytes


_SLOTS = asyncio.Semaphore(3)
"""At most three at a time: a picture takes several times its size."""


class NotShown(Exception):
    """There is no picture; the text tells the user why."""


async def fetch(address: str) -> Picture:
    """Return the picture at an address.

    Raises:
        NotShown: with the words for the user.
    """
    url = _parse(address)
    try:
        async with _SLOTS, asyncio.timeout(SECONDS):
            return await _follow(url)
    except TimeoutError:
        raise NotShown(words.TIMEOUT.format(host=url.host)) from None


async def _follow(url: httpx.URL) -> Picture:
    first = url
    for _ in range(MOST_REDIRECTS + 1):
        async with _request(url) as response:
            if response.has_redirect_location:
                url = _parse(response.headers["location"], url)
            elif response.status_code != 200:
                raise NotShown(words.ERROR.format(host=url.host, status=response.status_code))
            else:
                return await _read(response, url.host)
    raise NotShown(words.REDIRECTS.format(host=first.host))


async def _read(response: httpx.Response, host: str) -> Picture:
    # Not decoded: a few bytes can stand for gigabytes.
    is_plain = response.headers.get("content-encoding", "identity") == "identity"
    if not is_plain or not may_be_picture(response.headers.get("content-type", "")):
        raise NotShown(words.NOT_A_PICTURE.format(host=host))
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > MOST_BYTES:
            raise NotShown(words.TOO_LARGE.format(megabytes=MOST_BYTES // 1_000_000))
    picture = bytes(content)
    content_type = format_of(picture)
    if content_type is None:
        raise NotShown(words.NOT_A_PICTURE.format(host=host))
    return Picture(content_type, picture)


def _parse(address: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return an address, or that of a redirect, if the web has it. Not its host, which has to be looked up."""
    import httpx

    try:
        url = httpx.URL(address) if base is None else base.join(address)
        port = 80 if url.port is None else url.port
        is_web = url.scheme in ("http", "https") and url.host != "" and not url.userinfo
    except (ValueError, httpx.InvalidURL):
        is_web = False
    if not is_web or len(str(url)) > LONGEST_ADDRESS or not _is_web_port(port):
        raise NotShown(words.NOT_AN_ADDRESS)
    return url


def _is_web_port(port: int) -> bool:
    """Return whether a port may be the web's. Below 1024 all others belong to other protocols."""
    return port in (80, 443) or 1024 <= port <= 65535


@asynccontextmanager
async def _request(url: httpx.URL) -> AsyncIterator[httpx.Response]:
    """Send a request to a public address of the host, or to the proxy, which looks the name up itself."""
    import httpx

    proxy = _proxy_for(url)
    addresses = await _public_addresses(url.host, only_known=proxy is None)
    targets = [(url, {})] if proxy else [_pinned(url, address) for address in addresses[:_ADDRESSES_TRIED]]
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(trust_env=False, proxy=proxy, timeout=timeout) as client:
        response = await _first_answer(client, url, targets)
        try:
            yield response
        except httpx.HTTPError:
            raise NotShown(words.UNREACHABLE.format(host=url.host)) from None
        finally:
            await response.aclose()


async def _first_answer(
    client: httpx.AsyncClient, url: httpx.URL, targets: list[tuple[httpx.URL, dict[str, Any]]]
) -> httpx.Response:
    import httpx

    problem = words.UNREACHABLE
    for target, extensions in targets:
        headers = {**_HEADERS, "Host": url.netloc.decode("ascii")}
        request = client.build_request("GET", target, headers=headers, extensions=extensions)
        try:
            return await client.send(request, stream=True)
        except (httpx.InvalidURL, ValueError):  # httpx reads the address of a redirect, too
            raise NotShown(words.NOT_AN_ADDRESS) from None
        except httpx.HTTPError as error:
            problem = words.NOT_SECURE if _is_certificate(error) else words.UNREACHABLE
    raise NotShown(problem.format(host=url.host))


def _pinned(url: httpx.URL, address: str) -> tuple[httpx.URL, dict[str, Any]]:
    """Return the URL at an IP address, and the name that its certificate must have."""
    return url.copy_with(host=address), {"sni_hostname": url.host}


async def _public_addresses(host: str, *, only_known: bool) -> list[str]:
    """Look a host up; with `only_known` it must have an address. All must be public and elsewhere, or none is used."""
    addresses = await look_up(host)
    if only_known and not addresses:
        raise NotShown(words.NO_HOST.format(host=host))
    own = own_networks()
    if not all(is_public(address) and not is_in_any(address, own) for address in addresses):
        raise NotShown(words.PRIVATE.format(host=host))
    return addresses


async def look_up(host: str) -> list[str]:
    """Return the IP addresses of a host; none if it has no address."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _proxy_for(url: httpx.URL) -> str | None:
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
