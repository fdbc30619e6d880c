"""The patch `master_key`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess
from systems import MODE_CLOSED


class TestMasterKey:
    STORE = """
        from cachibot.services import encryption
        def refuse(*_):
            raise PermissionError(1, "Operation not permitted")
        real, Path.chmod = Path.chmod, refuse
        file = encryption._MASTER_KEY_FILE
        try:
            service = encryption.EncryptionService()
            stored = encryption.EncryptionService().decrypt_value(*service.encrypt_value("secret"))
            answer = [stored, oct(file.stat().st_mode & 0o777)]
        except PermissionError as problem:
            answer = str(problem)
        finally:
            Path.chmod = real
            file.unlink(missing_ok=True)
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.STORE) == "[Errno 1] Operation not permitted"

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.STORE) == ["secret", MODE_CLOSED]

    def test_a_key_of_the_environment_is_used(self, patched: CachibotProcess) -> None:
        assert patched.run("""
            from cachibot.services import encryption
            os.environ["CACHIBOT_MASTER_KEY"] = "ab" * 32
            answer = [encryption.EncryptionService()._master_key.hex(), encryption._MASTER_KEY_FILE.exists()]
            del os.environ["CACHIBOT_MASTER_KEY"]
        """) == ["ab" * 32, False]
