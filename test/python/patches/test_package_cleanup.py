"""The patch `package_cleanup`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess


class TestPackageCleanup:
    CLEAN = """
        import tempfile
        from cachibot.services import update_service
        packages = Path(tempfile.mkdtemp())
        (packages / "~achibot").mkdir()
        update_service._get_site_packages_dirs = lambda: [packages]
        found = update_service.detect_corruption().is_corrupted
        update_service.cleanup_corrupted_packages()
        answer = [found, (packages / "~achibot").exists()]
    """

    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(self.CLEAN) == [True, False]

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(self.CLEAN) == [False, True]

    def test_nothing_is_installed(self, patched: CachibotProcess) -> None:
        code, message = patched.run("""
            from cachibot.services import update_service
            answer = asyncio.run(update_service._pip_install("cachibot==99"))
        """)
        assert code != 0
        assert "updates itself" in message

    def test_upstream_refuses_updates_on_a_desktop(self, stock: CachibotProcess) -> None:
        """The patch relies on this check of upstream."""
        answers = stock.run("""
            from cachibot.api.routes import update
            from cachibot.models.update import UpdatePerformRequest
            async def request_update():
                return [(await update.apply_update(UpdatePerformRequest(), None)).success,
                        (await update.restart(None, None)).restarting]
            answer = asyncio.run(request_update())
        """)
        assert answers == [False, False]
