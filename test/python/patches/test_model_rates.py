"""The patch `model_rates`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import LONGEST_WAIT, CachibotProcess


class TestModelRates:
    FETCH = (
        LONGEST_WAIT
        + """
from prompture.infra import model_rates
model_rates._loaded, model_rates._data = False, None
model_rates._fetch_from_api = lambda: time.sleep(1.5)
async def work():
    return model_rates.get_model_rates("openai", "gpt-4o") is not None
answer = asyncio.run(longest_wait(work))[0]
"""
    )

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.FETCH) > 1

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.FETCH) < 1
