"""The patch `terms_check`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

CHECKS = """
    from cachibot.services import terms_checker
    asked = []
    async def fetch(): asked.append(time.monotonic())
    original, terms_checker._fetch_terms = terms_checker._fetch_terms, fetch
    async def start(seconds):
        await terms_checker.start_terms_checker()
        await asyncio.sleep(seconds)
        await terms_checker.stop_terms_checker()
        return len(asked)
    try:
        answer = [asyncio.run(start(0.01))]
        {then}
    finally:
        terms_checker._fetch_terms = original
"""


def test_flaw(stock: CachibotProcess) -> None:
    assert stock.run(CHECKS.format(then="")) == [1]


def test_patch(patched: CachibotProcess) -> None:
    later = """
        from cachibot_desktop.patches import terms_check
        terms_check.DELAY_SECONDS = 0.01
        answer.append(asyncio.run(start(0.2)))
    """
    assert patched.run(CHECKS.format(then=later.strip())) == [0, 1]
