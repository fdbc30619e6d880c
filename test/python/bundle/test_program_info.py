"""Name, version and copyright of the server's program."""

from __future__ import annotations

import pytest

import program_info
from server_process import ROOT


def test_its_copyright_is_that_of_the_app() -> None:
    settings = (ROOT / "electron-builder.yml").read_text(encoding="utf-8").splitlines()
    assert f"copyright: {program_info.version_strings('1.2.3')['LegalCopyright']}" in settings


@pytest.mark.parametrize(("version", "numbers"), [("1.20.3", (1, 20, 3, 0)), ("1.2.3-beta.4", (1, 2, 3, 0))])
def test_its_version_in_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert program_info.version_numbers(version) == numbers
