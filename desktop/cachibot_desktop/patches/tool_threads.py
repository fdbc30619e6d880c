"""While a tool runs, everything else continues, and Stop stops it.

prompture runs a tool on the event loop's thread, and waits there. Until it ends, the server answers nobody: no other
chat, no health check, and no Stop.

So each tool runs on a thread of its own. Stop ends it: the programs that it has started are killed, its coroutines are
cancelled, and its Python code is interrupted. The sandbox's time limit, a signal that only the main thread can get,
becomes such an interruption, too; on Windows there was none.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import ctypes
import functools
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent import futures
from contextvars import ContextVar
from typing import Any

from ..launch_options import LaunchOptions
from .answer_checks import leave_unchecked
from .patch import Patch

AGAIN_SECONDS = 0.2
"""Between two interruptions: the tool's code may have caught one."""
PATIENCE_SECONDS = 30.0
"""After it, a thread that waits in a library, where no interruption arrives, is left to itself."""


class ToolStopped(BaseException):  # as KeyboardInterrupt: no handler of errors may catch it
    """Raised within a tool's code when the user stops the answer."""


class ToolRun:
    """One tool at work, on a thread."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._main = asyncio.get_running_loop()
        self._result: asyncio.Future[Any] = self._main.create_future()
        self._lock = threading.Lock()
        self._over = False
        self.stopped = False
        self.loops: list[asyncio.AbstractEventLoop] = []
        """Event loops that the tool has made."""
        self.programs: list[subprocess.Popen[Any]] = []
        """Programs that it has started."""
        context = contextvars.copy_context()
        context.run(current.set, self)
        context.run(leave_unchecked)
        self._thread = threading.Thread(target=context.run, args=(self._run,), name="tool", daemon=True)

    async def result(self) -> Any:
        """Run the tool, and return what it returns. Cancelled, it ends the tool."""
        self._thread.start()
        try:
            return await self._result
        finally:
            if not self._result.done() or self._result.cancelled():
                self.stop()

    def call_main(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a function on the thread of the server's event loop."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server is about to exit
            self._main.call_soon_threadsafe(function, *args)

    def await_on_main(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Await a coroutine on the server's event loop, and return its result. Stop ends the wait, and cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._main)
        try:
            while not future.done():
                futures.wait((future,), AGAIN_SECONDS)  # here an interruption arrives
            return future.result()
        finally:
            future.cancel()

    def stop(self) -> None:
        """End the tool, without waiting for it."""
        self.stopped = True
        threading.Thread(target=self._stop, name="tool stop", daemon=True).start()

    def interrupt(self, exception: type[BaseException]) -> None:
        """Raise an exception in the tool's Python code, unless it is over."""
        with self._lock:
            if not self._over and self._thread.ident is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread.ident), ctypes.py_object(exception)
                )

    def _run(self) -> None:
        done: Callable[..., Any]
        try:
            done, value = self._succeed, self._work()
        except ToolStopped:
            done, value = self._fail, RuntimeError("stopped")
        except BaseException as problem:
            done, value = self._fail, problem
        with contextlib.suppress(ToolStopped):  # one that is still on its way
            with self._lock:
                self._over = True
            self.call_main(done, value)

    def _succeed(self, value: Any) -> None:
        if not self._result.done():
            self._result.set_result(value)

    def _fail(self, problem: BaseException) -> None:
        if not self._result.done():
            self._result.set_exception(problem)

    def _stop(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while self._thread.is_alive() and time.monotonic() < end:
            for program in list(self.programs):
                _kill(program)
            for loop in list(self.loops):
                with contextlib.suppress(RuntimeError):  # closed
                    loop.call_soon_threadsafe(_cancel_all, loop)
            self.interrupt(ToolStopped)
            self._thread.join(AGAIN_SECONDS)


current: ContextVar[ToolRun | None] = ContextVar("current tool", default=None)
"""The tool whose code runs in this context."""


def apply(_launch: LaunchOptions) -> None:
    """Run tools on threads, and notice what they start."""
    from cachibot.agent import CachibotAgent
    from cachibot.plugins import python_sandbox
    from prompture.agents.tools_schema import ToolRegistry
    from tukuy.sandbox import exceptions, resource_limits
    from tukuy.sandbox.sandbox import PythonSandbox

    run_tool = ToolRegistry.aexecute

    @functools.wraps(run_tool)
    async def run_on_thread(self: Any, name: str, arguments: dict[str, Any]) -> Any:
        tool = self._tools.get(name)
        if getattr(getattr(tool, "function", None), "_async_fn", None) is not None:
            return await run_tool(self, name, arguments)  # it gives way by itself
        result = await ToolRun(lambda: self.execute(name, arguments)).result()
        return await result if asyncio.iscoroutine(result) else result

    ToolRegistry.aexecute = run_on_thread
    # They start a task on the loop of their thread, which was the server's.
    CachibotAgent._schedule_auto_capture = _on_main(CachibotAgent._schedule_auto_capture)
    python_sandbox._schedule_document_capture = _on_main(python_sandbox._schedule_document_capture)
    limit = _time_limit(exceptions.SandboxTimeoutError, resource_limits.TimeoutHandler)
    vars(resource_limits)["TimeoutHandler"] = limit
    PythonSandbox.execute = _one_at_a_time(PythonSandbox.execute)  # type: ignore[method-assign]
    _notice_programs()
    _notice_loops()


def _on_main(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def called(*args: Any) -> None:
        run = current.get()
        if run is None:
            function(*args)
        else:
            run.call_main(function, *args)

    return called


def _one_at_a_time(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Make runs of the sandbox wait for each other: each replaces the process's standard output meanwhile."""
    lock = threading.Lock()

    @functools.wraps(execute)
    def execute_alone(*args: Any, **options: Any) -> Any:
        while not lock.acquire(timeout=AGAIN_SECONDS):
            pass  # here an interruption arrives
        try:
            return execute(*args, **options)
        finally:
            lock.release()

    return execute_alone


def _time_limit(out_of_time: type[Exception], on_main_thread: Callable[[float], Any]) -> Callable[[float], Any]:
    @contextlib.contextmanager
    def limit(run: ToolRun, seconds: float) -> Iterator[None]:
        def made(self: Any) -> None:
            out_of_time.__init__(self, seconds)

        # An interruption names a class; sandbox and tool know the error by its base.
        error = type(out_of_time.__name__, (out_of_time,), {"__init__": made})
        over = threading.Event()

        def watch() -> None:
            wait = seconds
            while not over.wait(wait):
                run.interrupt(error)
                wait = AGAIN_SECONDS

        threading.Thread(target=watch, name="tool limit", daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def time_limit(seconds: float) -> Any:
        run = current.get()
        return on_main_thread(seconds) if run is None else limit(run, seconds)

    return time_limit


def _notice_programs() -> None:
    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def popen(self: Any, *args: Any, **options: Any) -> None:
        start(self, *args, **options)
        run = current.get()
        if run is not None:
            run.programs.append(self)

    subprocess.Popen.__init__ = popen  # type: ignore[method-assign]


def _notice_loops() -> None:
    make = asyncio.events.new_event_loop

    @functools.wraps(make)
    def new_event_loop() -> asyncio.AbstractEventLoop:
        loop = make()
        run = current.get()
        if run is not None:
            run.loops.append(loop)
        return loop

    # asyncio.run looks it up there.
    vars(asyncio.events)["new_event_loop"] = new_event_loop


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


def _kill(program: subprocess.Popen[Any]) -> None:
    """Kill a program that a tool has started, and what it has started."""
    import psutil  # once the application is imported, it is loaded already

    if program.poll() is not None:
        return
    with contextlib.suppress(psutil.Error, OSError):
        started = psutil.Process(program.pid).children(recursive=True)
        program.kill()
        for child in started:
            with contextlib.suppress(psutil.Error):
                child.kill()


PATCH = Patch(
    name="tool threads",
    flaw="while a tool runs, everything stands still, and Stop does nothing",
    versions="0.3.0",
    apply=apply,
)
