"""Uses features that freezing could break, and writes the results to a JSON file.

It runs twice: as a program in the plain environment, and as a plug-in in the frozen
server. The two results must be equal.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cachibot.services.adapters
from cachibot.models.connection import BotConnection, ConnectionPlatform
from cachibot.plugins.base import CachibotPlugin
from cachibot.services.adapters.registry import AdapterRegistry
from cachibot.services.document_processor import DocumentProcessor

NOW = datetime.now(UTC)
HERE = Path(__file__).parent


def platforms() -> dict[str, str]:
    """Create an adapter for each platform; return its class."""
    for module in pkgutil.iter_modules(cachibot.services.adapters.__path__, "cachibot.services.adapters."):
        importlib.import_module(module.name)
    made = {}
    for platform in ConnectionPlatform:
        needed = AdapterRegistry.get_adapter_class(platform.value)
        config = dict.fromkeys(needed.required_config, "12345678:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") if needed else {}
        times = {"created_at": NOW, "updated_at": NOW}
        connection = BotConnection(id="1", bot_id="b", platform=platform, name="n", config=config, **times)
        made[platform.value] = type(AdapterRegistry.create(connection)).__name__
    return made


def providers() -> dict[str, str]:
    """Send a message to each provider; return its answer, or the traceback of its error."""
    from prompture.drivers import ClaudeDriver, GoogleDriver, GroqDriver, OllamaDriver, OpenAIDriver

    drivers: dict[str, Callable[[], Any]] = {
        "openai": lambda: OpenAIDriver(api_key="sk-1", model="gpt-4o-mini"),
        "anthropic": lambda: ClaudeDriver(api_key="sk-2", model="claude-haiku-4-5-20251001"),
        "google": lambda: GoogleDriver(api_key="sk-3", model="gemini-1.5-flash"),
        "groq": lambda: GroqDriver(api_key="sk-4", model="llama-3.1-8b-instant"),
        "ollama": lambda: OllamaDriver(endpoint=os.environ["FAKE_PROVIDERS"] + "/api/generate", model="m"),
    }
    answers: dict[str, str] = {}
    for name, make in drivers.items():
        try:
            answers[name] = make().generate("hello", {})["text"]
        except Exception:
            answers[name] = traceback.format_exc()
    return answers


def documents() -> dict[str, str]:
    """Return the text of a PDF and a DOCX, extracted by cachibot."""
    processor = DocumentProcessor()
    return {kind: processor.extract_text(HERE / f"words.{kind}", kind) for kind in ("pdf", "docx")}


def embeddings() -> list[list[float]]:
    """Return the embeddings of two texts by the model beside this file."""
    from fastembed import TextEmbedding

    model = TextEmbedding("BAAI/bge-small-en-v1.5", specific_model_path=str(HERE / "model"))
    return [[float(number) for number in vector] for vector in model.embed(["red cat", "blue house"])]


def instructions() -> list[str]:
    """Return the source of a function, which tukuy reads at runtime."""
    import inspect

    module = importlib.import_module("tukuy.instruction")
    return inspect.getsource(module._is_passthrough_body).splitlines()[:3]


def everything() -> dict[str, Any]:
    result: dict[str, Any] = {}
    for use in (platforms, providers, documents, embeddings, instructions):
        try:
            result[use.__name__] = use()
        except Exception:
            result[use.__name__] = traceback.format_exc()
    return result


class Plugin(CachibotPlugin):
    pass


result = json.dumps(everything(), indent=1)
(HERE / ("plain.json" if __name__ == "__main__" else "frozen.json")).write_text(result)
print(sys.executable)
