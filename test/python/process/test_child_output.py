"""The output of the agent's tools in other encodings than UTF-8."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from cachibot_desktop.process.child_output import Decode, decode_words
from server_process import run_python
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
    result = json.loads(run_python(home, RUN, stream, output.hex()))
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


def letter_of(page: str) -> str:
    """Return a letter whose bytes in this code page are not UTF-8, or any letter if there is none."""
    for letter in filter(str.isalpha, map(chr, range(0x80, 0x10000))):
        try:
            encoded = letter.encode(page)
            encoded.decode()
        except UnicodeEncodeError:
            continue
        except UnicodeDecodeError:
            if encoded.decode(page) == letter:
                return letter
    return "ë"


@needs_windows("only Windows has the code page of the console")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_in_the_code_page_of_the_console_is_read(home: Path, stream: str) -> None:
    letter = letter_of("oem")
    output = b"before\r\n" + f"{letter} 1\r\n".encode("oem") + "Zoë\r\n".encode()
    assert output_of_a_tool(home, output, stream) == f"before\n{letter} 1\nZoë\n"


def code_page(name: str) -> Decode:
    """Return what `codecs.oem_decode` would be if this were the code page of the console."""

    def decode(data: bytes, errors: str, is_last: bool) -> tuple[str, int]:
        decoder = codecs.getincrementaldecoder(name)(errors)
        text = decoder.decode(data, is_last)
        return text, len(data) - len(decoder.getstate()[0])

    return decode


@pytest.mark.parametrize(
    "page", ["cp437", "cp850", "cp852", "cp866", "cp737", "cp932", "cp936", "cp949", "cp950", "cp1252"]
)
def test_a_letter_of_each_code_page_is_read(page: str) -> None:
    letter = letter_of(page)
    output = f"{letter} 1\r\n".encode(page)
    with pytest.raises(UnicodeDecodeError):
        output.decode()
    assert decode_words(output, is_last=True, code_page=code_page(page)) == (f"{letter} 1\r\n", len(output))


def test_a_letter_of_the_code_page_leaves_the_rest_of_its_line() -> None:
    output = '{"a":"Zoë","b":"'.encode() + "Müller".encode("cp850") + '","c":"Zoë","d":"日本"}'.encode()
    text, _ = decode_words(output, is_last=True, code_page=code_page("cp850"))
    assert text == '{"a":"Zoë","b":"Müller","c":"Zoë","d":"日本"}'


@pytest.mark.parametrize("words", ["日本 ソフト、表示 1\n", "Zoë\n", "plain"])
@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_a_character_that_is_read_in_two_parts_is_read(words: str, encoding: str) -> None:
    if encoding == "cp932":
        words = words.replace("ë", "エ")
    output = words.encode(encoding)
    for cut in range(len(output)):
        text, length = decode_words(output[:cut], is_last=False, code_page=code_page("cp932"))
        assert cut - length <= 2, "no more than an incomplete character waits for more output"
        rest, _ = decode_words(output[length:], is_last=True, code_page=code_page("cp932"))
        assert text + rest == words


def test_half_a_character_at_the_end_is_not_left_out() -> None:
    output = "日本".encode("cp932")[:-1]
    assert decode_words(output, is_last=True, code_page=code_page("cp932")) == ("日\ufffd", len(output))


@needs_windows("other systems have no second code page")
def test_output_of_python_is_read(home: Path) -> None:
    script = """
import os, subprocess, sys
from pathlib import Path
from cachibot_desktop.launch_options import LaunchOptions
from cachibot_desktop.process import child_environment

environ = {name: value for name, value in os.environ.items() if name != "PYTHONUTF8"}
launch = LaunchOptions(port=1, workspace=Path(), home=Path(), token="", caller_env={})
child_environment.patch_spawn(child_environment.restore_caller_env(launch, environ, frozen=False))
show = [sys.executable, "-c", "print('M\\xfcller')"]
for env in (None, {**os.environ, "OF_THE_TOOL": "1"}):
    print(ascii(subprocess.run(show, env=env, capture_output=True, text=True).stdout))
"""
    output = run_python(home, script)
    assert output.split() == [r"'M\xfcller\n'"] * 2


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
    output = run_python(home, script)
    assert output.split() == [r"'M\x81'", "'M'", r"b'M\x81'"]


def test_input_that_cannot_be_encoded_is_an_error_as_ever(home: Path) -> None:
    script = """
import os, subprocess, sys
from cachibot_desktop.process import child_environment
child_environment.patch_spawn(os.environ.copy())
copy = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"]
print(ascii(subprocess.run(copy, input="Zoë\\n", capture_output=True, text=True).stdout))
try:
    print(subprocess.run(copy, input="a\\udc81b", capture_output=True, text=True))
except UnicodeEncodeError:
    print("refused")
"""
    output = run_python(home, script)
    assert output.split() == [r"'Zo\xeb\n'", "refused"]
