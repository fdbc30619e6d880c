"""The server continues when a connection cannot be accepted."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
import time
from typing import Any

import pytest

from cachibot_desktop.server import listener
from cachibot_desktop.server.accept import RETRY_SECONDS, accept_connections
from cachibot_desktop.server.counted_warning import INTERVAL_SECONDS, CountedWarning


class Greeting(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        transport.write(b"hello")
        transport.close()


def reset_before_accepted() -> OSError:
    problem = OSError(errno.EINVAL, "The specified network name is no longer available")
    problem.winerror = 64  # type: ignore[attr-defined]
    return problem


def seconds_until_accepted(monkeypatch: pytest.MonkeyPatch, problems: list[OSError]) -> float:
    """Return the time until a connection is accepted after all of `problems`."""

    async def run() -> float:
        loop = asyncio.get_running_loop()
        accept = loop.sock_accept

        async def fail(problem: OSError) -> None:
            raise problem

        async def failing_accept(listener: socket.socket) -> Any:
            if not problems:
                return await accept(listener)
            problem = problems.pop()
            if getattr(problem, "winerror", None) is not None:  # on Windows, every OSError has it
                # As on Windows, where asyncio also raises the error in a task that nothing waits for.
                asyncio.ensure_future(fail(problem))  # noqa: RUF006
            raise problem

        monkeypatch.setattr(loop, "sock_accept", failing_accept)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = asyncio.create_task(accept_connections(listener, Greeting, lambda _: 0))
            began = time.monotonic()
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            assert await reader.read() == b"hello"
            writer.close()
            seconds = time.monotonic() - began
            accepting.cancel()
            await asyncio.wait((accepting,))
        gc.collect()  # asyncio logs an error that nothing waits for when its task is collected
        return seconds

    return asyncio.run(run())


def test_missing_descriptors_are_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    problems = [OSError(errno.EMFILE, "Too many open files") for _ in range(3)]
    assert seconds_until_accepted(monkeypatch, problems) >= 3 * RETRY_SECONDS
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "A connection could not be accepted: Too many open files (1 since the last message)."
    ]


def test_a_client_that_leaves_delays_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    problems = [kind for _ in range(50) for kind in (ConnectionAbortedError(), reset_before_accepted())]
    assert seconds_until_accepted(monkeypatch, problems) < 50 * RETRY_SECONDS
    assert caplog.text == ""


def test_a_response_is_sent_at_once_in_all_its_parts() -> None:
    options: list[int] = []

    class Recorder(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            accepted = transport.get_extra_info("socket")
            options.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def run() -> None:
        with listener.bind(0) as listening:
            accepting = asyncio.create_task(accept_connections(listening, Recorder, lambda _: 0))
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            assert await reader.read() == b""
            writer.close()
            accepting.cancel()
            await asyncio.wait((accepting,))

    asyncio.run(run())
    assert options[0] != 0


def test_a_counted_warning_is_logged_once_in_an_interval(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    warning = CountedWarning("test", "Something happened", lambda: now)
    for _ in range(1000):
        warning.count("again")
    now = INTERVAL_SECONDS
    warning.count("again")
    assert [record.getMessage() for record in caplog.records] == [
        "Something happened: again (1 since the last message).",
        "Something happened: again (1000 since the last message).",
    ]
