"""Fixtures: an empty home for each test, and servers that are killed after their test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cachibot_process import CachibotProcess
from server_process import ROOT, ServerProcess


@pytest.fixture(autouse=True)
def _stay_in_the_folder() -> Iterator[None]:
    """A test that runs the server's code here may change the current folder, and remove it."""
    yield
    os.chdir(ROOT)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., ServerProcess]]:
    """A function that starts a server in the test's home. The servers are killed after the test."""
    started: list[ServerProcess] = []

    def start_server(**options: object) -> ServerProcess:
        server = ServerProcess(home, **options)
        started.append(server)
        return server

    yield start_server
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One ready server for all tests of a module that do not change it."""
    home = tmp_path_factory.mktemp("shared-home")
    server = ServerProcess(home)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with stock cachibot."""
    with CachibotProcess(tmp_path_factory.mktemp("stock"), patched=False) as process:
        yield process


@pytest.fixture(scope="session")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with patched cachibot, as the app runs it."""
    with CachibotProcess(tmp_path_factory.mktemp("patched"), patched=True) as process:
        yield process
