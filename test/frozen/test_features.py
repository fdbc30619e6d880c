"""Features of the server have the same results in the frozen server as in the plain environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pymupdf
import pytest

import tiny_model
from fake_providers import FakeProviders
from server_process import PYTHON, ServerProcess, environment
from systems import not_under_wine

FEATURES = Path(__file__).with_name("features.py")
NAMES = ("platforms", "documents", "embeddings", "instructions")
NO_KEEP_ALIVE = "wine has no options for keep-alive, which Anthropic's client sets in the frozen server"
PROVIDERS = ("openai", pytest.param("anthropic", marks=not_under_wine(NO_KEEP_ALIVE)), "google", "groq", "ollama")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The results of features.py in the frozen server and in the plain environment."""
    home = tmp_path_factory.mktemp("features")
    folder = home / ".cachibot" / "plugins" / "features"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "features"\nversion = "1.0.0"\nauthor = "test"\n')
    shutil.copy(FEATURES, folder / "__init__.py")
    tiny_model.write_to(folder / "model")
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 72), "Words of a PDF")
        pdf.save(folder / "words.pdf")
    text = docx.Document()
    text.add_paragraph("Words of a DOCX")
    text.save(str(folder / "words.docx"))
    with FakeProviders() as providers:
        plain = {**environment(home), **providers.env}
        subprocess.run([PYTHON, folder / "__init__.py"], env=plain, check=True, timeout=120, cwd=home)
        server = ServerProcess(home, env={**providers.env})
        try:
            server.wait_until_ready()
        finally:
            server.kill()
    yield tuple(json.loads((folder / f"{name}.json").read_text()) for name in ("frozen", "plain"))  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_has_the_same_result_as_in_the_plain_environment(
    results: tuple[dict[str, Any], dict[str, Any]], name: str
) -> None:
    frozen, plain = results
    assert "Traceback" not in str(plain[name]), plain[name]
    assert frozen[name] == plain[name], frozen[name]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_answers(results: tuple[dict[str, Any], dict[str, Any]], name: str) -> None:
    frozen, plain = (each["providers"][name] for each in results)
    assert frozen == plain
    assert frozen.startswith("Hello from")


def test_the_results_are_correct(results: tuple[dict[str, Any], dict[str, Any]]) -> None:
    frozen, _plain = results
    assert frozen["documents"] == {"pdf": "Words of a PDF\n", "docx": "Words of a DOCX"}
    assert len(frozen["platforms"]) >= 8
    first, second = frozen["embeddings"]
    assert len(first) == tiny_model.DIMENSIONS
    assert first != second
