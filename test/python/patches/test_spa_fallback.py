"""The patch `spa_fallback`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from systems import needs_posix


@needs_posix("paths with a drive letter need another request")
class TestSpaFallback:
    TRAVERSE = """
        secret = HOME / "secret.txt"
        secret.write_text("the secret")
        sent = []
        async def request():
            scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
                     "method": "GET", "scheme": "http", "path": "/" + "../" * 12 + str(secret).lstrip("/"),
                     "raw_path": b"/", "query_string": b"", "root_path": "", "headers": [(b"host", b"x")],
                     "server": ("x", 80), "client": ("x", 1)}
            requests = [{"type": "http.request", "body": b"", "more_body": False}]
            async def receive():
                return requests.pop() if requests else await asyncio.Event().wait()
            async def send(message):
                sent.append(message)
            await app(scope, receive, send)
        asyncio.run(request())
        answer = "the secret" in b"".join(m.get("body", b"") for m in sent).decode()
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.TRAVERSE) is True

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.TRAVERSE) is False
