"""The icon and the version that Windows shows for the server's program."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from pathlib import Path

import program_info
from bundle import PROGRAM
from server_process import ROOT
from systems import needs_windows

pytestmark = needs_windows("only programs for Windows have such resources")


def images_in(icon: Path) -> Iterator[bytes]:
    """Yield the images in an icon file. The resources of a program contain them unchanged."""
    content = icon.read_bytes()
    (count,) = struct.unpack_from("<H", content, 4)
    for index in range(count):
        size, start = struct.unpack_from("<II", content, 6 + 16 * index + 8)
        yield content[start : start + size]


def version_string(name: str) -> str:
    """Return a string of the program's version resource, read by Windows."""
    windows = ctypes.WinDLL("version")  # type: ignore[attr-defined,unused-ignore]
    block = ctypes.create_string_buffer(windows.GetFileVersionInfoSizeW(str(PROGRAM), None))
    assert windows.GetFileVersionInfoW(str(PROGRAM), 0, len(block), block)
    value, length = ctypes.c_wchar_p(), ctypes.c_uint()
    path = f"\\StringFileInfo\\040904B0\\{name}"
    assert windows.VerQueryValueW(block, path, ctypes.byref(value), ctypes.byref(length)), name
    return value.value


def test_it_has_every_size_of_the_icon_of_the_app() -> None:
    program = PROGRAM.read_bytes()
    images = list(images_in(ROOT / "build" / "icon.ico"))
    assert len(images) > 1
    assert [len(image) for image in images if image not in program] == []


def test_it_has_the_name_and_version_of_the_app() -> None:
    strings = program_info.version_strings(program_info.version_of(ROOT))
    assert {name: version_string(name) for name in strings} == strings
