"""Fixtures: an empty home for each test, and servers that never outlive their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entry import Entry
from laboratory import Laboratory


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Entry]]:
    """Start entries on the test's home; whatever is left of them is ended afterwards."""
    started: list[Entry] = []

    def begin(**options: object) -> Entry:
        entry = Entry(home, **options)
        started.append(entry)
        return entry

    yield begin
    for entry in started:
        entry.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    """One ready server for the tests of a module that change nothing about it."""
    home = tmp_path_factory.mktemp("shared-home")
    entry = Entry(home)
    try:
        entry.wait_until_ready()
        yield entry
    finally:
        entry.kill()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A process with cachibot as it is."""
    with Laboratory(tmp_path_factory.mktemp("stock"), patched=False) as laboratory:
        yield laboratory


@pytest.fixture(scope="session")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A process with cachibot as the desktop runs it."""
    with Laboratory(tmp_path_factory.mktemp("patched"), patched=True) as laboratory:
        yield laboratory
