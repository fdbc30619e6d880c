"""The patch `live_settings`: its flaw and fix. A running server: server/test_settings_at_once.py."""

from __future__ import annotations

from cachibot_process import CachibotProcess

SETTINGS = """
    from prompture.infra.settings import settings
    def values():
        return [settings.openai_api_key, settings.lmstudio_endpoint]
    before = values()
    os.environ.update(OPENAI_API_KEY="sk-new", LMSTUDIO_ENDPOINT="http://new/v1/chat/completions")
    saved = values()
    del os.environ["OPENAI_API_KEY"], os.environ["LMSTUDIO_ENDPOINT"]
    answer = [before, saved, values()]
"""
DEFAULTS = [None, "http://127.0.0.1:1234/v1/chat/completions"]
SAVED = ["sk-new", "http://new/v1/chat/completions"]


def test_flaw(stock: CachibotProcess) -> None:
    assert stock.run(SETTINGS) == [DEFAULTS, DEFAULTS, DEFAULTS]


def test_patch(patched: CachibotProcess) -> None:
    assert patched.run(SETTINGS) == [DEFAULTS, SAVED, DEFAULTS]


ADDRESS_AS_KEY = """
    from cachibot.services.agent_factory import build_driver_with_key
    driver = build_driver_with_key("lmstudio/x", api_key="http://one/v1/chat/completions")
    answer = [driver.api_key, driver.endpoint]
"""


def test_flaw_of_an_address_that_is_sent_as_a_key(stock: CachibotProcess) -> None:
    assert stock.run(ADDRESS_AS_KEY) == ["http://one/v1/chat/completions", DEFAULTS[1]]


def test_an_address_is_not_sent_as_a_key(patched: CachibotProcess) -> None:
    assert patched.run(ADDRESS_AS_KEY) == [None, "http://one/v1/chat/completions"]


DOCUMENTS = """
    from cachibot.services.vector_store import VectorStore
    store = VectorStore("openai/text-embedding-3-small")
    found = []
    for key, model in (("sk-one", "openai/one"), ("sk-one", "openai/one"), ("sk-two", "openai/two")):
        os.environ.update(OPENAI_API_KEY=key, CACHIBOT_EMBEDDING_MODEL=model)
        driver = store._get_async_driver()
        found.append([driver.api_key, store.model_name, driver.model, id(driver)])
    del os.environ["OPENAI_API_KEY"], os.environ["CACHIBOT_EMBEDDING_MODEL"]
    answer = found
"""


def test_flaw_of_documents(stock: CachibotProcess) -> None:
    first, again, changed = stock.run(DOCUMENTS)
    assert first == again == changed


def test_documents_are_searched_with_current_settings(patched: CachibotProcess) -> None:
    first, again, changed = patched.run(DOCUMENTS)
    assert first == again
    assert first[:3] == ["sk-one", "openai/one", "one"]
    assert changed[:3] == ["sk-two", "openai/two", "two"]
