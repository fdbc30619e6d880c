"""A failed accept on Windows, with asyncio's event loop for Windows on a fake of its completion port."""

from __future__ import annotations

import asyncio
import select
import socket
from asyncio.proactor_events import BaseProactorEventLoop
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from test_accept import Greeting, reset_before_accepted

from cachibot_desktop.server.accept import accept_connections


@dataclass(eq=False)
class Waiting:
    """An operation that waits until its socket is ready."""

    socket: socket.socket
    writes: bool
    operation: Callable[[], Any]
    future: asyncio.Future[Any]


class FakeProactor:
    """The part of Windows's completion port that a server needs. Each of `problems` ends one accept."""

    def __init__(self, problems: list[OSError]) -> None:
        self._problems = problems
        self._waiting: list[Waiting] = []

    def set_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def accept(self, listener: socket.socket) -> asyncio.Future[Any]:
        def accept() -> tuple[socket.socket, Any]:
            connection, address = listener.accept()
            if self._problems:
                connection.close()
                raise self._problems.pop()
            connection.setblocking(False)
            return connection, address

        return self._when_ready(listener, accept)

    def recv(self, connection: socket.socket, size: int, flags: int = 0) -> asyncio.Future[Any]:
        return self._when_ready(connection, lambda: connection.recv(size, flags))

    def recv_into(self, connection: socket.socket, buffer: Any, flags: int = 0) -> asyncio.Future[Any]:
        return self._when_ready(connection, lambda: connection.recv_into(buffer, 0, flags))

    def send(self, connection: socket.socket, data: bytes, flags: int = 0) -> asyncio.Future[Any]:
        return self._when_ready(connection, lambda: connection.send(data, flags), writes=True)

    def _when_ready(
        self, connection: socket.socket, operation: Callable[[], Any], writes: bool = False
    ) -> asyncio.Future[Any]:
        future = self._loop.create_future()
        self._waiting.append(Waiting(connection, writes, operation, future))
        return future

    def select(self, timeout: float | None = None) -> list[Any]:
        waiting = [each for each in self._waiting if not each.future.done() and each.socket.fileno() != -1]
        reads, writes = ([each.socket for each in waiting if each.writes is kind] for kind in (False, True))
        # Windows refuses to wait for nothing, as before the first operation.
        readable, writable, _ = select.select(reads, writes, [], timeout) if waiting else ([], [], [])
        ready = [each for each in waiting if each.socket in (writable if each.writes else readable)]
        self._waiting = [each for each in waiting if each not in ready]
        for each in ready:
            try:
                each.future.set_result(each.operation())
            except OSError as problem:
                each.future.set_exception(problem)
        return []

    def _stop_serving(self, listener: socket.socket) -> None:
        listener.close()

    def close(self) -> None:
        pass


def run(problems: list[OSError], serve: Callable[[socket.socket], Coroutine[Any, Any, Any]]) -> list[bytes]:
    """Connect twice to a listening socket that `serve` accepts connections from. Return what each connection read."""

    def ask(address: tuple[str, int]) -> bytes:
        try:
            with socket.create_connection(address, timeout=5) as connection:
                return connection.recv(16)
        except OSError:
            return b"refused"

    async def ask_twice(listener: socket.socket) -> list[bytes]:
        address = listener.getsockname()
        serving = loop.create_task(serve(listener))
        answers = [await loop.run_in_executor(None, ask, address) for _ in range(2)]
        serving.cancel()
        await asyncio.wait((serving,))
        return answers

    loop = BaseProactorEventLoop(FakeProactor(problems))
    loop.call_soon(loop._loop_self_reading)  # as the loop for Windows does
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            return loop.run_until_complete(ask_twice(listener))
    finally:
        loop.close()


async def serve_by_asyncio(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)
    async with await loop.create_server(Greeting, sock=listener) as server:
        await server.serve_forever()


async def serve_by_us(listener: socket.socket) -> None:
    await accept_connections(listener, Greeting, lambda _: 0)


def test_asyncio_serves_on_this_fake() -> None:
    assert run([], serve_by_asyncio) == [b"hello", b"hello"]


def test_asyncio_stops_listening_after_a_failure() -> None:
    """Once this fails, asyncio has been corrected (CPython issue 93821), and its own server can be used."""
    assert run([reset_before_accepted()], serve_by_asyncio) == [b"", b"refused"]


def test_our_server_continues_after_a_failure() -> None:
    assert run([reset_before_accepted()], serve_by_us) == [b"", b"hello"]
