"""Libraries for another machine, which Python cannot load."""

from __future__ import annotations

import struct
import sys
import sysconfig
from pathlib import Path

import discord
import pytest

from cachibot_desktop.bundle import self_test
from cachibot_desktop.bundle.windows_library import MACHINES, is_for_other_machine
from systems import needs_windows

X86, X64, ARM64 = 0x014C, 0x8664, 0xAA64


def library(machine: int, headers: int = 0x80) -> bytes:
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", headers)
    return start.ljust(headers, b"\0") + b"PE\0\0" + struct.pack("<H", machine)


@pytest.mark.parametrize(
    ("platform", "own", "others"),
    [("win-amd64", X64, [X86, ARM64]), ("win-arm64", ARM64, [X86, X64]), ("win32", X86, [X64, ARM64])],
)
def test_a_library_is_for_the_machine_of_this_python_or_another(
    platform: str, own: int, others: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sysconfig, "get_platform", lambda: platform)
    file = tmp_path / "x.dll"
    for machine in (own, *others):
        for headers in (0x80, 0x400):
            file.write_bytes(library(machine, headers))
            assert is_for_other_machine(file) is (machine in others)


@pytest.mark.parametrize(
    "content", [library(X86)[:-1], library(X86)[:40], b"MZ" + bytes(80), b"\x7fELF" + bytes(80), b""]
)
def test_a_file_that_is_not_a_library_is_not_for_another_machine(
    content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "win-amd64")
    (tmp_path / "x.dll").write_bytes(content)
    assert not is_for_other_machine(tmp_path / "x.dll")


@needs_windows("the programs of other systems have no such header")
def test_this_python_is_for_its_own_machine() -> None:
    assert sysconfig.get_platform() in MACHINES
    assert not is_for_other_machine(Path(sys.executable))


def test_discord_has_libraries_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "win-amd64")
    folder = Path(discord.__file__).parent / "bin"
    assert {file.name: is_for_other_machine(file) for file in folder.glob("*.dll")} == {
        "libopus-0.x64.dll": False,
        "libopus-0.x86.dll": True,
    }


def test_the_self_test_loads_no_library_for_another_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, machine in {"x86": X86, "x64": X64, "arm64": ARM64}.items():
        (tmp_path / f"{name}.dll").write_bytes(library(machine))
    (tmp_path / "damaged.dll").write_bytes(b"")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "win-amd64")
    monkeypatch.setattr(self_test, "_root", lambda: tmp_path)
    assert [file.name for file in self_test._libraries()] == ["damaged.dll", "x64.dll"]
