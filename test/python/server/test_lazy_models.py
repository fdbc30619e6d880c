"""Models that pydantic builds when they are used: the same schemas as in stock CachiBot."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_process import CachibotProcess

SCHEMAS = """
import json
from pydantic import BaseModel

def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)

def schema(model):
    try:
        return json.dumps(model.model_json_schema(), sort_keys=True)
    except Exception as problem:
        return type(problem).__name__

models = {model for model in below(BaseModel) if model.__module__.split(".")[0] in ("cachibot", "prompture", "tukuy")}
answer = {f"{model.__module__}.{model.__qualname__}": schema(model) for model in models}
"""


def test_the_models_of_cachibot_are_deferred_and_those_of_plug_ins_are_not(patched: CachibotProcess) -> None:
    assert patched.run("""
        from pydantic import BaseModel
        from cachibot.models.chat import ChatMessage
        class OfAPlugIn(BaseModel):
            name: str
        answer = ["defer_build" in ChatMessage.model_config, "defer_build" in OfAPlugIn.model_config]
    """) == [True, False]


def test_the_schemas_are_those_of_stock(stock: CachibotProcess, patched: CachibotProcess) -> None:
    expected = stock.run(SCHEMAS)
    assert len(expected) > 200
    found = patched.run(SCHEMAS)
    assert {name: found.get(name) for name in expected} == expected


def test_threads_build_a_model_once(patched: CachibotProcess) -> None:
    """Built at the same time, pydantic could delete a validator that another thread uses already."""
    assert patched.run("""
        import threading
        from pydantic import create_model
        from pydantic._internal import _model_construction as construction
        from cachibot_desktop.server import lazy_models
        with lazy_models.deferred():
            model = create_model("Model", field=(int, 0))
        building, most, built = 0, 0, 0
        original = construction.complete_model_class
        def slowly(*args, **options):
            global building, most, built
            building += 1
            most = max(most, building)
            built += 1
            time.sleep(0.05)
            try:
                return original(*args, **options)
            finally:
                building -= 1
        construction.complete_model_class = slowly
        values = []
        threads = [threading.Thread(target=lambda: values.append(model(field="1").field)) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        construction.complete_model_class = original
        answer = [most, built, values]
    """) == [1, 1, [1] * 4]


def test_fastapis_description_of_openapi_rebuilds_its_models_later(tmp_path: Path) -> None:
    """A tenth of the start."""
    with CachibotProcess(tmp_path, patched=True) as fresh:
        assert fresh.run("""
            from fastapi.openapi.models import Operation, Schema
            complete = Schema.__pydantic_complete__
            parsed = Schema.model_validate({"items": {"type": "string"}}).items.type
            answer = [complete, Operation.model_rebuild(), parsed]
        """) == [False, True, "string"]


@pytest.mark.parametrize("during_the_import", [True, False])
def test_another_module_that_rebuilds_a_model_does_it_at_once(
    stock: CachibotProcess, patched: CachibotProcess, during_the_import: bool
) -> None:
    rebuild = f"""
        import contextlib, types
        if PATCHED:
            from cachibot_desktop.server import lazy_models
            deferred = lazy_models.deferred
        else:
            deferred = contextlib.nullcontext
        source = [
            "from __future__ import annotations",
            "from pydantic import BaseModel",
            "class First(BaseModel):",
            "    second: Second | None = None",
            "class Second(BaseModel):",
            "    number: int",
            "result = First.model_rebuild()",
            "del Second",
        ]
        module = sys.modules["rebuilds"] = types.ModuleType("rebuilds")
        with deferred() if {during_the_import} else contextlib.nullcontext():
            exec(chr(10).join(source), vars(module))
        answer = [module.result, module.First(second={{"number": "1"}}).model_dump()]
    """
    assert patched.run(rebuild) == stock.run(rebuild) == [True, {"second": {"number": 1}}]


def test_a_plug_in_whose_model_is_deferred_rebuilds_it_at_once(patched: CachibotProcess) -> None:
    assert patched.run("""
        import types
        from cachibot_desktop.server import lazy_models
        from pydantic import create_model
        with lazy_models.deferred():
            create_model("Any")
        source = [
            "from __future__ import annotations",
            "from cachibot.models.chat import ChatMessage",
            "class Message(ChatMessage):",
            "    extra: Extra | None = None",
            "class Extra(ChatMessage.__base__):",
            "    number: int",
            "result = Message.model_rebuild()",
            "del Extra",
        ]
        module = sys.modules["plug_in"] = types.ModuleType("plug_in")
        exec(chr(10).join(source), vars(module))
        answer = [module.result, module.Message.__pydantic_complete__]
    """) == [True, True]
