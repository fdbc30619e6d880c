"""Models that pydantic builds when they are used: the same schemas as in stock CachiBot."""

from __future__ import annotations

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


def test_a_module_that_rebuilds_its_models_when_it_is_imported_defers_them_too(patched: CachibotProcess) -> None:
    """FastAPI's description of OpenAPI does: a tenth of the start."""
    assert patched.run("""
        import types
        from cachibot_desktop.server import lazy_models
        source = [
            "from __future__ import annotations",
            "from pydantic import BaseModel",
            "class First(BaseModel):",
            "    second: Second | None = None",
            "class Second(BaseModel):",
            "    number: int",
            "First.model_rebuild()",
        ]
        module = sys.modules["rebuilds"] = types.ModuleType("rebuilds")
        with lazy_models.deferred():
            exec(chr(10).join(source), vars(module))
        def rebuild():
            return module.First.model_rebuild()
        answer = [module.First.__pydantic_complete__, rebuild(), module.First(second={"number": "1"}).model_dump()]
    """) == [False, True, {"second": {"number": 1}}]
