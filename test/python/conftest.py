"""Fixtures: an empty home for each test, and servers that never outlive their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cachibot_process import CachibotProcess
from server_process import ServerProcess


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Start entries on the test's home; whatever is left of them is ended afterwards."""
    started: list[ServerProcess] = []

    def begin(**options: object) -> ServerProcess:
        server = ServerProcess(home, **options)
        started.append(server)
        return server

    yield begin
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One ready server for the tests of a module that change nothing about it."""
    home = tmp_path_factory.mktemp("shared-home")
    server = ServerProcess(home)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with cachibot as it is."""
    with CachibotProcess(tmp_path_factory.mktemp("stock"), patched=False) as cachibot_process:
        yield cachibot_process


@pytest.fixture(scope="session")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with cachibot as the desktop runs it."""
    with CachibotProcess(tmp_path_factory.mktemp("patched"), patched=True) as cachibot_process:
        yield cachibot_process
