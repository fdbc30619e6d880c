"""The certificates that the system trusts count for every library, wherever the system keeps them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server_process import PYTHON, ROOT, UNSHARE, environment, needs_mounts
from tls import DEBIAN, FEDORA, NOWHERE, Authority, SecureOllama

pytestmark = needs_mounts

LIBRARIES = """
import asyncio, json, os, ssl, sys, urllib.request
if sys.argv[1] == "patched":
    from cachibot_desktop.process.system_certificates import trust_system
    trust_system()
import aiohttp, httpx, requests
ADDRESS = os.environ["ADDRESS"]

async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(ADDRESS) as answer:
        return answer.status

async def with_httpx():
    async with httpx.AsyncClient() as client:
        return (await client.get(ADDRESS)).status_code

def outcome(ask):
    try:
        return ask()
    except Exception as problem:
        assert "CERTIFICATE_VERIFY_FAILED" in repr(problem), repr(problem)
        return "refused"

print(json.dumps({
    "aiohttp": outcome(lambda: asyncio.run(with_aiohttp())),
    "httpx": outcome(lambda: httpx.get(ADDRESS).status_code),
    "httpx, async": outcome(lambda: asyncio.run(with_httpx())),
    "requests": outcome(lambda: requests.get(ADDRESS).status_code),
    "urllib": outcome(lambda: urllib.request.urlopen(ADDRESS).status),
    "x509_ca": ssl.create_default_context().cert_store_stats()["x509_ca"],
}))
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def model(authority: Authority) -> Iterator[SecureOllama]:
    with SecureOllama(authority) as model:
        yield model


@pytest.fixture(scope="module")
def store(authority: Authority) -> Path:
    return authority.system_store()


def ask(model: SecureOllama, store: Path, system: str, which: str = "patched", **more: str) -> dict[str, Any]:
    """Ask the model with each library, on a system that keeps its certificates in its own way."""
    variables = {"PYTHONPATH": str(ROOT / "desktop"), "STORE": str(store), "ADDRESS": model.address, **more}
    return json.loads(
        subprocess.run(
            [*UNSHARE, "sh", "-c", f'{system}\nexec "$@"', "sh", PYTHON, "-c", LIBRARIES, which],
            env=environment(store.parent, **variables),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )


EVERYWHERE = ("aiohttp", "httpx", "httpx, async", "requests", "urllib")


@pytest.mark.parametrize("system", [DEBIAN, FEDORA], ids=["Debian", "Fedora"])
def test_a_company_authority_in_the_systems_store_is_trusted(model: SecureOllama, store: Path, system: str) -> None:
    outcomes = ask(model, store, system)
    assert outcomes.pop("x509_ca") > 100
    assert outcomes == dict.fromkeys(EVERYWHERE, 200)


def test_a_system_without_certificates_trusts_the_public_authorities(model: SecureOllama, store: Path) -> None:
    outcomes = ask(model, store, NOWHERE)
    assert outcomes.pop("x509_ca") > 100
    assert outcomes == dict.fromkeys(EVERYWHERE, "refused")


def test_the_file_that_the_caller_names_counts(model: SecureOllama, store: Path, authority: Authority) -> None:
    outcomes = ask(model, store, "", SSL_CERT_FILE=str(authority.file), REQUESTS_CA_BUNDLE=str(authority.file))
    del outcomes["x509_ca"]
    assert outcomes == dict.fromkeys(EVERYWHERE, 200)


def test_flaw(model: SecureOllama, store: Path) -> None:
    """Without this: httpx and requests do not know the company's, aiohttp and urllib none at all."""
    assert ask(model, store, DEBIAN, "stock")["httpx"] == "refused"
    outcomes = ask(model, store, FEDORA, "stock")
    assert outcomes == {**dict.fromkeys(EVERYWHERE, "refused"), "x509_ca": 0}
