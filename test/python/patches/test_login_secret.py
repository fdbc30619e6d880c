"""The patch `login_secret`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess


class TestLoginSecret:
    SECRETS = """
        from cachibot.config import Config
        from cachibot.services.auth_service import AuthService
        answer = [AuthService(Config.load().auth)._jwt_secret for _ in range(2)]
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        first, second = stock.run(self.SECRETS)
        assert first != second

    def test_patch(self, patched: CachibotProcess) -> None:
        first, second = patched.run(self.SECRETS)
        kept = (patched.home / ".cachibot" / "login.secret").read_text().strip()
        assert first == second == kept
        assert patched.run("answer = 'CACHIBOT_JWT_SECRET' in os.environ") is False, "children would inherit it"
