"""The machine's zone is found where the system names it, and else as the shell reports it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cachibot_desktop.process import local_zone
from systems import NOT_HERE

Machine = Callable[..., str]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    def zone(variable: str | None = None, link: str | None = None, reported: str | None = None) -> str:
        monkeypatch.delenv("TZ", raising=False)
        if variable is not None:
            monkeypatch.setenv("TZ", variable)
        file = tmp_path / "localtime"
        file.unlink(missing_ok=True)
        if link is not None:
            if os.name != "posix":
                pytest.skip(f"{NOT_HERE}Windows names no zone by a link")
            file.symlink_to(link)
        monkeypatch.setattr(local_zone, "_LINK", file)
        monkeypatch.setattr(local_zone, "_reported", None)
        if reported is not None:
            local_zone.report(reported)
        return local_zone.current()

    return zone


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "UTC"),
        ({"link": "/usr/share/zoneinfo/Europe/Madrid"}, "Europe/Madrid"),
        ({"link": "../usr/share/zoneinfo/America/Argentina/Ushuaia"}, "America/Argentina/Ushuaia"),
        ({"link": "/var/db/timezone/zoneinfo/Asia/Kolkata", "reported": "Asia/Calcutta"}, "Asia/Kolkata"),
        ({"link": "/somewhere/else", "reported": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"reported": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"reported": "Mars/Olympus"}, "UTC"),
        ({"reported": "../../etc/passwd"}, "UTC"),
        ({"variable": "Asia/Tokyo", "link": "/usr/share/zoneinfo/Europe/Madrid"}, "Asia/Tokyo"),
        ({"variable": ":Asia/Tokyo"}, "Asia/Tokyo"),
        ({"variable": "CET-1CEST,M3.5.0,M10.5.0/3", "link": "/usr/share/zoneinfo/Europe/Madrid"}, "Europe/Madrid"),
        ({"variable": "", "link": "/usr/share/zoneinfo/Europe/Madrid"}, "Europe/Madrid"),
    ],
)
def test_the_name_of_the_zone(machine: Machine, facts: dict[str, str], name: str) -> None:
    assert machine(**facts) == name


def test_a_zone_that_changes_is_noticed(machine: Machine) -> None:
    assert [machine(link=f"/usr/share/zoneinfo/{name}") for name in ("Europe/Madrid", "Asia/Tokyo")] == [
        "Europe/Madrid",
        "Asia/Tokyo",
    ]
