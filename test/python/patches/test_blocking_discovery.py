"""The patch `blocking_discovery`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import json

import pytest

from cachibot_process import LONGEST_WAIT, CachibotProcess


class TestBlockingDiscovery:
    ASK = (
        LONGEST_WAIT
        + """
import httpx
from prompture.infra import clear_discovery_cache, model_rates
from prompture.drivers.ollama_driver import OllamaDriver
from cachibot.api.auth import get_current_user
from cachibot.models.auth import User
model_rates._loaded = True
OllamaDriver.list_models = classmethod(lambda cls, **_: (time.sleep(1.5), ["slow-model"])[1])
clear_discovery_cache()
app.dependency_overrides[get_current_user] = lambda: None
async def work():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", timeout=30) as client:
        return (await client.get("/api/models")).json()
answer = asyncio.run(longest_wait(work))
"""
    )

    @pytest.mark.left_to_ci
    def test_flaw(self, stock: CachibotProcess) -> None:
        wait, models = stock.run(self.ASK)
        assert wait > 1
        assert "slow-model" in json.dumps(models)

    def test_patch(self, patched: CachibotProcess) -> None:
        wait, models = patched.run(self.ASK)
        assert wait < 1
        assert "slow-model" in json.dumps(models), "the answer is the same"

    def test_every_route_that_discovers_is_wrapped(self, patched: CachibotProcess) -> None:
        from cachibot_desktop.patches.blocking_discovery import ROUTES

        wrapped = patched.run("""
            answer = [route.dependant.call.__name__ for route in app.routes
                      if hasattr(getattr(getattr(route, "dependant", None), "call", None), "__wrapped__")]
        """)
        assert set(ROUTES) <= set(wrapped)
