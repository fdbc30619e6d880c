"""The patch `tool_threads`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import LONGEST_WAIT, CachibotProcess

TOOLS = f"""
    import subprocess, threading
    from prompture.agents.tools_schema import ToolRegistry
    {LONGEST_WAIT.strip().replace(chr(10), chr(10) + "    ")}
    tools = ToolRegistry()
    seen = []
    def wait(seconds: float) -> str:
        "Waits."
        time.sleep(seconds)
        return "waited"
    def loop() -> str:
        "Never ends."
        while True:
            try:
                sum(range(100))
            except Exception:
                pass
    def run_program() -> str:
        "Starts a program."
        program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        seen.append(program)
        program.wait()
        return "done"
    def run_coroutine() -> str:
        "Waits in an event loop of its own."
        asyncio.run(asyncio.sleep(60))
        return "done"
    def fail() -> str:
        "Fails."
        raise ValueError("no")
    for tool in (wait, loop, run_program, run_coroutine, fail):
        tools.register(tool)
    def running():
        return [each for each in threading.enumerate() if each.name == "tool"]
    async def stopped(name):
        task = asyncio.create_task(tools.aexecute(name, {{}}))
        await asyncio.sleep(0.5)
        began = len(running())
        task.cancel()
        await asyncio.wait([task])
        for _ in range(100):
            if not running():
                break
            await asyncio.sleep(0.05)
        return [task.cancelled(), began, len(running()), [program.poll() is not None for program in seen]]
"""
WAIT = TOOLS + '    answer = asyncio.run(longest_wait(lambda: tools.aexecute("wait", {"seconds": 1.0})))\n'
SANDBOX = """
    import threading
    from tukuy import PythonSandbox
    from prompture.agents.tools_schema import ToolRegistry
    sandbox = PythonSandbox(allowed_imports=[], timeout_seconds=1)
    def execute(code: str) -> list:
        "Runs code."
        result = sandbox.execute(code)
        return [result.output, result.error]
    tools = ToolRegistry()
    tools.register(execute)
    async def both():
        codes = ("print(1)", "while True: pass", "print(2)")
        return await asyncio.gather(*(tools.aexecute("execute", {"code": code}) for code in codes))
    shown = sys.stdout
    answer = [asyncio.run(both()), sys.stdout is shown]
"""


class TestToolThreads:
    def test_flaw(self, stock: CachibotProcess) -> None:
        waited, said = stock.run(WAIT)
        assert said == "waited"
        assert waited > 0.9, "the event loop stood still"

    def test_patch(self, patched: CachibotProcess) -> None:
        waited, said = patched.run(WAIT)
        assert said == "waited"
        assert waited < 0.7

    def test_stop_ends_what_a_tool_does(self, patched: CachibotProcess) -> None:
        for tool, programs in (("loop", []), ("run_program", [True]), ("run_coroutine", [])):
            assert patched.run(f"{TOOLS}    answer = asyncio.run(stopped({tool!r}))\n") == [True, 1, 0, programs], tool

    def test_an_error_of_a_tool_stays_one(self, patched: CachibotProcess) -> None:
        fail = """
    async def failed():
        try:
            return await tools.aexecute("fail", {})
        except ValueError as problem:
            return str(problem)
    answer = asyncio.run(failed())
"""
        assert patched.run(TOOLS + fail) == "no"

    def test_the_sandbox_keeps_its_time_limit_and_its_output(self, patched: CachibotProcess) -> None:
        [first, endless, last], restored = patched.run(SANDBOX)
        assert first == ["1\n", None]
        assert "exceeded timeout of 1 seconds" in endless[1]
        assert last == ["2\n", None]
        assert restored
