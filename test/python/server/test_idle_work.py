"""Work in idle moments after the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_process import CachibotProcess


def test_idle_moments_analyse_the_routes(patched: CachibotProcess) -> None:
    assert patched.run("""
        from fastapi import FastAPI
        from cachibot_desktop.server import idle_work, lazy_routes
        idle_work.DELAY_SECONDS = idle_work.BUSY_SECONDS = 0.01
        other = FastAPI()
        other.state.workspace = WORKSPACE
        @other.get("/first")
        def first(): ...
        @other.get("/wrong", response_model=object())
        def wrong(): ...
        @other.get("/last")
        def last(): ...
        activity = Activity()
        activity.requests = 1
        async def analyse():
            running = asyncio.create_task(idle_work.run(other, activity))
            await asyncio.sleep(0.1)
            busy = len(lazy_routes.pending(other))
            activity.requests = 0
            await running
            return [busy, [route.path for route in lazy_routes.pending(other)]]
        answer = asyncio.run(analyse())
    """) == [3, ["/wrong"]]


def test_idle_moments_import_what_the_first_message_needs(tmp_path: Path) -> None:
    with CachibotProcess(tmp_path, patched=True) as fresh:
        assert fresh.run("""
            from cachibot_desktop.server import idle_work, lazy_imports
            idle_work.DELAY_SECONDS = idle_work.BUSY_SECONDS = 0.01
            idle_work.SHARE = 1.0
            os.environ["CACHIBOT_DEFAULT_MODEL"] = "groq/llama"
            def loaded():
                names = ("requests", "yaml", "jsonschema", "groq", "openai", "anthropic")
                return [name for name in names if not isinstance(sys.modules[name], lazy_imports.LazyModule)]
            activity = Activity()
            activity.agent_runs = 1
            async def wait():
                running = asyncio.create_task(idle_work.run(app, activity))
                await asyncio.sleep(0.1)
                busy = loaded()
                activity.agent_runs = 0
                await running
                return [busy, loaded()]
            answer = asyncio.run(wait())
        """) == [[], ["requests", "yaml", "jsonschema", "groq"]]


def test_a_package_that_cannot_be_imported_is_logged_and_the_others_follow(tmp_path: Path) -> None:
    with CachibotProcess(tmp_path, patched=True) as fresh:
        assert fresh.run("""
            import logging
            from cachibot_desktop.server import idle_work, lazy_imports
            idle_work.DELAY_SECONDS, idle_work.SHARE = 0.01, 1.0
            logged = []
            handler = logging.Handler()
            handler.emit = lambda record: logged.append(record.getMessage())
            logging.getLogger("cachibot_desktop").addHandler(handler)
            class Panic(BaseException): ...
            def fail(module): raise Panic("broken")
            sys.modules["jsonschema"].__spec__.loader._real.exec_module = fail
            asyncio.run(idle_work.run(app, Activity()))
            answer = [logged, isinstance(sys.modules["yaml"], lazy_imports.LazyModule)]
        """) == [["The package jsonschema cannot be used."], False]


@pytest.mark.parametrize(
    ("settings", "toml", "package"),
    [
        ({"CACHIBOT_DEFAULT_MODEL": "anthropic/claude-sonnet"}, "", "anthropic"),
        ({"CACHIBOT_DEFAULT_MODEL": "gemini/flash", "CACHIBOT_MODEL": "groq/llama"}, "", "google.genai"),
        ({"CACHIBOT_MODEL": "ChatGPT/4o"}, "", "openai"),
        ({}, '[agent]\nmodel = "groq/llama"', "groq"),
        ({"CACHIBOT_DEFAULT_MODEL": "ollama/llama"}, '[agent]\nmodel = "groq/llama"', None),
        ({}, "", None),
    ],
)
def test_the_package_of_the_default_model(
    patched: CachibotProcess, settings: dict[str, str], toml: str, package: str | None
) -> None:
    assert patched.run(f"""
        from cachibot_desktop.server import idle_work
        file = WORKSPACE / "cachibot.toml"
        file.write_text({toml!r})
        os.environ.update({settings!r})
        try:
            answer = list(idle_work._packages(app))[len(idle_work.SOON_USED):]
        finally:
            file.unlink()
            for name in {settings!r}:
                del os.environ[name]
    """) == ([] if package is None else [package])


def test_a_loop_that_has_closed_and_a_system_without_threads(patched: CachibotProcess) -> None:
    assert (
        patched.run("""
        import threading
        from cachibot_desktop.server import idle_work, lazy_imports
        raised, hook, threading.excepthook = [], threading.excepthook, lambda args: raised.append(str(args.exc_value))
        load, start = lazy_imports.load_package, threading.Thread.start
        lazy_imports.load_package = lambda package: time.sleep(0.3)
        def refuse(thread): raise RuntimeError("can't start new thread")
        async def stop_meanwhile():
            task = asyncio.create_task(idle_work._import("slow"))
            await asyncio.sleep(0.05)
            task.cancel()
        try:
            asyncio.run(stop_meanwhile())
            [thread.join() for thread in threading.enumerate() if thread.name == "idle import"]
            threading.Thread.start = refuse
            asyncio.run(idle_work._import("refused"))
        finally:
            lazy_imports.load_package, threading.Thread.start, threading.excepthook = load, start, hook
        answer = raised
    """)
        == []
    )
