"""Work in idle moments after the start."""

from __future__ import annotations

from pathlib import Path

from cachibot_process import CachibotProcess


def test_idle_moments_analyse_the_routes(patched: CachibotProcess) -> None:
    assert patched.run("""
        from fastapi import FastAPI
        from cachibot_desktop.server import idle_work, lazy_routes
        idle_work.DELAY_SECONDS = idle_work.BUSY_SECONDS = 0.01
        other = FastAPI()
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
            from fastapi import FastAPI
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
                running = asyncio.create_task(idle_work.run(FastAPI(), activity))
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
            from fastapi import FastAPI
            from cachibot_desktop.server import idle_work, lazy_imports
            idle_work.DELAY_SECONDS, idle_work.SHARE = 0.01, 1.0
            logged = []
            handler = logging.Handler()
            handler.emit = lambda record: logged.append(record.getMessage())
            logging.getLogger("cachibot_desktop").addHandler(handler)
            def fail(module): raise RuntimeError("broken")
            sys.modules["jsonschema"].__spec__.loader._real.exec_module = fail
            asyncio.run(idle_work.run(FastAPI(), Activity()))
            answer = [logged, isinstance(sys.modules["yaml"], lazy_imports.LazyModule)]
        """) == [["The package jsonschema cannot be used."], False]
