"""The patch `google_transport`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess


class TestGoogleTransport:
    ASK = """
        from prompture.drivers.async_google_driver import AsyncGoogleDriver
        answer = AsyncGoogleDriver(api_key="key")._client._api_client._use_aiohttp()
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.ASK) is True

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.ASK) is False
