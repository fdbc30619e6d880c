"""The token: the first line on the server's stdin, without which the server does not listen."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cachibot_desktop.exit_codes import ExitCode, KnownFailure
from cachibot_desktop.process.stdin import TOKEN_SECONDS, receive_token
from server_process import SERVER, ServerProcess, environment, free_port, run_server, token_on_stdin, wait_for
from systems import needs_linux, needs_posix

TOKEN = "0123456789abcdef" * 4


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, Callable[[bytes], int], Callable[[], None]]]:
    """Yield the end to read, a function that writes to the pipe, and a function that closes the other end."""
    read, write = os.pipe()
    with contextlib.ExitStack() as ends:
        ends.callback(os.close, read)
        with contextlib.ExitStack() as other_end:
            other_end.callback(os.close, write)
            yield read, lambda text: os.write(write, text), other_end.close


def failure_of(handle: int, seconds: float = 10.0) -> str:
    with pytest.raises(KnownFailure) as raised:
        receive_token(handle, seconds)
    assert raised.value.code == ExitCode.USAGE
    assert "\n" not in raised.value.lines
    return raised.value.line


def test_the_first_line_is_the_token_and_the_rest_stays_in_the_pipe() -> None:
    with pipe() as (read, write, _close):
        write(f"{TOKEN}\nmore\n".encode())
        assert receive_token(read) == TOKEN
        assert os.read(read, 10) == b"more\n"


def test_a_line_may_arrive_late_and_in_parts() -> None:
    with pipe() as (read, write, _close):

        def feed() -> None:
            for part in (TOKEN[:9], TOKEN[9:], "\n"):
                time.sleep(0.1)
                write(part.encode())

        writer = threading.Thread(target=feed)
        writer.start()
        assert receive_token(read) == TOKEN
        writer.join()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\n", id="empty"),
        pytest.param(f"{TOKEN[1:]}\n", id="63 digits"),
        pytest.param(f"{TOKEN}0\n", id="65 digits"),
        pytest.param(f"{TOKEN.upper()}\n", id="upper case"),
        pytest.param(f"{TOKEN[1:]}g\n", id="another letter"),
        pytest.param(f"{TOKEN}\r\n", id="CR LF"),
        pytest.param(f" {TOKEN}\n", id="a space"),
        pytest.param(f"{TOKEN[1:]}é\n", id="not ASCII"),
        pytest.param("x" * 4096, id="endless"),
    ],
)
def test_a_malformed_line_is_refused_at_once_and_not_repeated(text: str) -> None:
    with pipe() as (read, write, _close):
        write(text.encode())
        line = failure_of(read)
    assert "64 lower-case hexadecimal digits" in line
    assert TOKEN[1:20] not in line.lower()


@pytest.mark.parametrize(
    ("text", "reason"), [("", "closed before a token arrived"), (TOKEN, "must be 64"), (TOKEN[:9], "must be 64")]
)
def test_a_pipe_that_is_closed_too_early_is_refused_at_once(text: str, reason: str) -> None:
    with pipe() as (read, write, close):
        write(text.encode())
        close()
        assert reason in failure_of(read)


@pytest.mark.parametrize("text", ["", TOKEN])
def test_an_open_pipe_without_a_line_is_refused_after_the_time_limit(text: str) -> None:
    with pipe() as (read, write, close):
        write(text.encode())
        began = time.monotonic()
        line = failure_of(read, 0.3)
        assert 0.25 < time.monotonic() - began < 5
        close()
    assert "within 0.3 s" in line


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_linux("only Linux lists the threads of a process as files")
def test_the_server_does_not_listen_before_it_has_the_token(start: Callable[..., ServerProcess]) -> None:
    server = start(first_line=b"")
    assert wait_for(lambda: len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) > 1), (
        "it waits in another thread"
    )
    assert not listens(server.port)
    assert server.process.stdin is not None
    server.process.stdin.write(f"{server.token}\n".encode())
    server.process.stdin.flush()
    server.wait_until_responding()
    assert server.stop() == 0


@contextlib.contextmanager
def unusable_stdin(kind: str, folder: Path) -> Iterator[int]:
    """Yield a stdin from which a server cannot get a token, or in which the end cannot be closed."""
    with contextlib.ExitStack() as stack:
        if kind == "null device":
            yield subprocess.DEVNULL
        elif kind == "file":
            (folder / "token").write_text(f"{TOKEN}\n")
            yield stack.enter_context((folder / "token").open()).fileno()
        elif kind == "terminal":
            ours, theirs = os.openpty()
            stack.callback(os.close, ours)
            stack.callback(os.close, theirs)
            os.write(ours, f"{TOKEN}\n".encode())
            yield theirs
        else:
            read, _write, close = stack.enter_context(pipe())
            close()
            yield read


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("null device", "not a pipe"),
        ("file", "not a pipe"),
        pytest.param("terminal", "not a pipe", marks=needs_posix("Windows has no such terminals")),
        ("closed pipe", "closed before a token arrived"),
    ],
)
def test_a_server_without_a_token_exits_at_once(home: Path, tmp_path: Path, kind: str, reason: str) -> None:
    began = time.monotonic()
    with unusable_stdin(kind, tmp_path) as stdin:
        answer = run_server(home, "--port", str(free_port()), stdin=stdin)
    print(f"after {time.monotonic() - began:.2f} s: {answer.stderr}")
    assert time.monotonic() - began < TOKEN_SECONDS
    assert_refused(answer, home, f"{reason}: only the CachiBot app can start this server")


@needs_posix("Windows has no such shell")
def test_a_server_without_stdin_exits_at_once(home: Path) -> None:
    answer = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *SERVER, "--port", str(free_port())],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_refused(answer, home, "not a pipe: only the CachiBot app can start this server")


def test_a_token_in_the_environment_is_refused_even_beside_one_on_stdin(home: Path) -> None:
    with token_on_stdin() as stdin:
        answer = run_server(home, "--port", str(free_port()), stdin=stdin, CACHIBOT_DESKTOP_TOKEN=TOKEN)
    assert_refused(answer, home, "CACHIBOT_DESKTOP_TOKEN is set")


def assert_refused(answer: subprocess.CompletedProcess[str], home: Path, reason: str) -> None:
    assert answer.returncode == ExitCode.USAGE
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert reason in answer.stderr
    assert TOKEN not in answer.stderr
    assert not (home / ".cachibot").exists()
