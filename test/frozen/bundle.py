"""The frozen server under test, and copies of it that tests can damage."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from server_process import ROOT, run_self_test

PROGRAM = Path(os.environ.get("CACHIBOT_TEST_SERVER") or ROOT / "resources" / "backend" / "cachibot-server")
BUNDLE = PROGRAM.parent
INTERNAL = BUNDLE / "_internal"
FREEZER = Path(os.environ.get("CACHIBOT_TEST_FREEZER") or ROOT / ".setup" / "python-build" / "bin" / "python")


def copy_to(folder: Path) -> Path:
    """Copy the bundle as hard links, which take no space. Tests must replace or remove files, not write to them."""
    shutil.copytree(BUNDLE, folder, symlinks=True, copy_function=os.link)
    return folder


def self_test(bundle: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the self-test of a bundle."""
    return run_self_test([bundle / PROGRAM.name], home)


def check_manifest(bundle: Path) -> subprocess.CompletedProcess[str]:
    """Compare a bundle with its manifest."""
    return subprocess.run(
        ["node", ROOT / "scripts" / "backend" / "verify.mjs", bundle],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
