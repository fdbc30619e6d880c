"""Libraries that a 64-bit process cannot load."""

from __future__ import annotations

import struct
from pathlib import Path

import discord
import pytest

from cachibot_desktop.bundle.windows_library import has_other_bits

PE32, PE32_PLUS = 0x10B, 0x20B


def library(magic: int, headers: int = 0x80) -> bytes:
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", headers)
    return start.ljust(headers, b"\0") + b"PE\0\0".ljust(24, b"\0") + struct.pack("<H", magic)


@pytest.mark.parametrize(
    ("content", "other"),
    [
        (library(PE32), True),
        (library(PE32, headers=0x400), True),
        (library(PE32_PLUS), False),
        (library(PE32)[:-1], False),
        (library(PE32)[:40], False),
        (b"MZ" + bytes(80), False),
        (b"\x7fELF" + bytes(80), False),
        (b"", False),
    ],
)
def test_a_library_has_the_bits_of_this_process_or_others(tmp_path: Path, content: bytes, *, other: bool) -> None:
    (tmp_path / "x.dll").write_bytes(content)
    assert has_other_bits(tmp_path / "x.dll") is other


def test_discord_has_libraries_for_both() -> None:
    folder = Path(discord.__file__).parent / "bin"
    assert {file.name: has_other_bits(file) for file in folder.glob("*.dll")} == {
        "libopus-0.x64.dll": False,
        "libopus-0.x86.dll": True,
    }
