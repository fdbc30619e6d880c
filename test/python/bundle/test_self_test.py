"""The self-test of the installed packages, and the files that a bundle may contain."""

from __future__ import annotations

import site
from pathlib import Path

import pytest

from contents import is_system_library, preserve_package_folders
from server_process import PYTHON, ROOT, run_self_test


@pytest.mark.left_to_ci
def test_the_self_test_of_this_installation_passes(home: Path) -> None:
    answer = run_self_test([PYTHON, ROOT / "desktop" / "pyinstaller-server.py"], home)
    print(answer.stdout)
    assert answer.returncode == 0
    last = answer.stdout.strip().splitlines()[-1]
    assert last.startswith("self-test passed")
    assert " 0 problems" in last


@pytest.mark.parametrize(
    ("origin", "kind", "windows", "may"),
    [
        (r"C:\Windows\System32\msvcp140.dll", "BINARY", r"C:\Windows", True),
        (r"C:\WINDOWS\system32\MSVCP140_1.dll", "BINARY", r"C:\Windows", True),
        (r"D:\Windows\System32\vcruntime140_1.dll", "BINARY", r"D:\Windows", True),
        (r"C:\Windows\System32\concrt140.dll", "BINARY", r"C:\Windows", True),
        (r"C:\Windows\System32\msvcp140.dll", "DATA", r"C:\Windows", False),
        (r"C:\Windows\System32\msvcp140d.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Windows\System32\version.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Windows\System32\spool\msvcp140.dll", "BINARY", r"C:\Windows", False),
        (r"C:\Program Files\Java\bin\msvcp140.dll", "BINARY", r"C:\Windows", False),
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3", "BINARY", None, True),
        ("/usr/lib/python3/dist-packages/x.py", "PYMODULE", None, False),
        ("/usr/local/lib/libssl.so.3", "BINARY", None, False),
    ],
)
def test_a_bundle_may_contain_system_libraries_and_the_vc_runtime_of_windows(
    origin: str, kind: str, windows: str | None, may: bool
) -> None:
    assert is_system_library(origin, kind, windows) is may


@pytest.mark.parametrize(
    ("platform", "packages"), [("win32", "Lib/site-packages"), ("linux", "lib/python3.12/site-packages")]
)
def test_the_freezer_searches_the_packages_of_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, packages: str
) -> None:
    monkeypatch.setattr("contents.site_packages", lambda: str(tmp_path / packages))
    monkeypatch.setattr("site.PREFIXES", [])
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("sys.platform", platform)
        preserve_package_folders()
    # PyInstaller searches a subfolder of each prefix: on Windows, lib\\site-packages.
    (prefix,) = site.PREFIXES
    assert prefix == str(tmp_path)
