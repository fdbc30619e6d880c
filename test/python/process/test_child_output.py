"""The output of the agent's tools in other encodings than UTF-8."""

from __future__ import annotations

import ctypes
import json
import subprocess
from pathlib import Path

import pytest

from server_process import PYTHON, ROOT, environment
from systems import needs_posix, needs_windows

RUN = """
import json, os, subprocess, sys
from cachibot_desktop.process import child_environment
from tukuy.plugins.shell import shell_execute

child_environment.patch_spawn(os.environ.copy())
with open("output.py", "w") as file:
    file.write("import sys; getattr(sys, sys.argv[1]).buffer.write(bytes.fromhex(sys.argv[2]))")
line = subprocess.list2cmdline([sys.executable, "output.py", *sys.argv[1:]])
print(json.dumps(shell_execute(line)))
"""


def output_of_a_tool(home: Path, output: bytes, stream: str = "stdout") -> str:
    """Let the agent's shell tool run a program that writes these bytes. Return what the tool returns of the stream."""
    answer = subprocess.run(
        [PYTHON, "-c", RUN, stream, output.hex()],
        cwd=home,
        env=environment(home, PYTHONPATH=str(ROOT / "desktop")),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["success"]
    text: str = result[stream]
    return text


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_in_utf_8_is_read_as_it_is(home: Path, stream: str) -> None:
    assert output_of_a_tool(home, "Zoë, 日本\n".encode(), stream) == "Zoë, 日本\n"


@needs_posix("Windows has the code page of the console")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_other_bytes_do_not_hide_the_output(home: Path, stream: str) -> None:
    assert output_of_a_tool(home, b"before\nM\x81ller\nafter\n", stream) == "before\nM\ufffdller\nafter\n"


@needs_windows("only Windows has the code page of the console")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_in_the_code_page_of_the_console_is_read(home: Path, stream: str) -> None:
    page = f"cp{ctypes.WinDLL('kernel32').GetOEMCP()}"  # type: ignore[attr-defined,unused-ignore]
    words = {"cp437": "Müller", "cp850": "Müller", "cp852": "Łódź", "cp932": "日本"}[page]
    output = b"before\r\n" + f"{words} 1\r\n".encode(page) + "Zoë\r\n".encode()
    assert output_of_a_tool(home, output, stream) == f"before\n{words} 1\nZoë\n"


def test_an_encoding_that_a_program_chooses_is_kept(home: Path) -> None:
    script = """
import os, subprocess, sys
from cachibot_desktop.process import child_environment
child_environment.patch_spawn(os.environ.copy())
write = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes([0x4d, 0x81]))"]
print(ascii(subprocess.run(write, capture_output=True, encoding="latin-1").stdout))
print(ascii(subprocess.run(write, capture_output=True, text=True, errors="ignore").stdout))
print(ascii(subprocess.run(write, capture_output=True).stdout))
"""
    answer = subprocess.run(
        [PYTHON, "-c", script],
        env=environment(home, PYTHONPATH=str(ROOT / "desktop")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [r"'M\x81'", "'M'", r"b'M\x81'"]
