"""The patch `host_lookup`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess


class TestHostLookup:
    LOOK_UP = """
        import socket
        from cachibot.api.routes import mobile_pair
        names = []
        original = socket.getaddrinfo
        socket.getaddrinfo = lambda *args, **options: names.append(args[0]) or []
        try:
            mobile_pair._get_lan_ips()
        finally:
            socket.getaddrinfo = original
        answer = len(names)
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.LOOK_UP) == 1

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.LOOK_UP) == 0
