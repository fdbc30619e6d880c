"""Tests of all patches, and of the processes that their tests use.

Each patch has its own test file here. When `test_flaw` fails, upstream has fixed the flaw: remove the patch.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_desktop.patches import registry
from cachibot_process import CachibotProcess


def test_every_patch_is_documented() -> None:
    for patch in registry.ALL:
        assert patch.name
        assert patch.flaw
        assert "0.3.0" in patch.versions
    assert len({patch.name for patch in registry.ALL}) == len(registry.ALL)


class TestTheProvidersOfTheUi:
    @pytest.mark.parametrize("package", ["openai", "anthropic", "google.genai", "groq"])
    def test_their_packages_are_installed(self, patched: CachibotProcess, package: str) -> None:
        assert patched.run(f"import {package}\nanswer = {package}.__name__") == package

    @pytest.mark.parametrize(
        ("driver", "attribute", "package"),
        [("openai_driver.OpenAIDriver", "client", "openai"), ("async_groq_driver.AsyncGroqDriver", "client", "groq")],
    )
    def test_a_deferred_package_serves_its_driver(
        self, patched: CachibotProcess, driver: str, attribute: str, package: str
    ) -> None:
        module, name = driver.split(".")
        kind = patched.run(f"""
            from prompture.drivers.{module} import {name}
            answer = type({name}(api_key="key").{attribute}).__module__
        """)
        assert kind.split(".")[0] == package


def test_the_processes_have_separate_homes(stock: CachibotProcess, patched: CachibotProcess) -> None:
    """The tests would prove nothing if both processes used the same home, or the user's."""
    homes = {stock.run("answer = str(Path.home())"), patched.run("answer = str(Path.home())"), str(Path.home())}
    assert len(homes) == 3
