"""The content of the bundle: packages, sizes, manifest, licences."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections import defaultdict
from importlib.metadata import distributions
from pathlib import Path

import pytest

from bundle import BUNDLE, FREEZER, INTERNAL, check_manifest, copy_to, self_test
from server_process import ROOT
from systems import needs_posix

FILES = [path for path in BUNDLE.rglob("*") if path.is_file() and not path.is_symlink()]
PACKAGES = {each.name.lower(): each.version for each in distributions(path=[str(INTERNAL)])}
UNWANTED = {
    *("torch", "torchvision", "scipy", "playwright", "sympy", "uvloop"),
    *("pytest", "setuptools", "pip", "gunicorn", "fonttools", "tkinter", "pyinstaller"),
}


def test_the_self_test_passes(tmp_path: Path) -> None:
    answer = self_test(BUNDLE, tmp_path)
    assert answer.returncode == 0, answer.stdout
    last = answer.stdout.strip().splitlines()[-1]
    assert re.match(r"self-test passed: 198 of 199 modules of cachibot imported and \d{4,} names compared", last)


@needs_posix("the test tools for Windows have no Node")
def test_the_manifest_lists_every_file() -> None:
    answer = check_manifest(BUNDLE)
    assert answer.returncode == 0, answer.stdout


def test_the_bundle_has_no_unwanted_packages(tmp_path: Path) -> None:
    report = tmp_path / "size.json"
    subprocess.run([FREEZER, ROOT / "scripts" / "backend" / "size.py", BUNDLE, report], check=True)
    sizes = json.loads(report.read_text())["packages"]
    names = {name.lower() for name in sizes} | PACKAGES.keys()
    assert not names & UNWANTED


@pytest.mark.parametrize(
    ("unpacked_mb", "archive_mb", "message"), [(250, 1, "unpacked: "), (0, 96, ".tar.xz: 96.0 MB")]
)
def test_a_server_that_is_too_big_is_refused(tmp_path: Path, unpacked_mb: int, archive_mb: int, message: str) -> None:
    bundle = copy_to(tmp_path / "bundle")
    for name, size in (("bundle/more", unpacked_mb), ("archive", archive_mb)):
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, size * 1_000_000)
    script = ROOT / "scripts" / "backend" / "size.py"
    command = [FREEZER, script, bundle, tmp_path / "size.json", tmp_path / "archive"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert f"too big: {message}" in answer.stderr
    assert json.loads((tmp_path / "size.json").read_text())["archive_bytes"] == archive_mb * 1_000_000


def test_the_bundle_has_no_bytecode_files() -> None:
    assert not [path for path in FILES if path.suffix in (".pyc", ".pyo") or "__pycache__" in path.parts]


def test_no_large_file_exists_twice() -> None:
    same: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        if path.stat().st_size > 20_000:
            same[hashlib.sha256(path.read_bytes()).hexdigest()].append(str(path.relative_to(BUNDLE)))
    assert not [paths for paths in same.values() if len(paths) > 1]


def test_paths_are_short_enough_for_windows() -> None:
    assert max(len(path.relative_to(BUNDLE).as_posix()) for path in FILES) < 150


def test_links_stay_inside_the_bundle_and_have_a_target() -> None:
    for link in (path for path in BUNDLE.rglob("*") if path.is_symlink()):
        assert link.exists(), link
        assert link.resolve().is_relative_to(BUNDLE.resolve()), link


def test_the_bill_of_materials_names_each_package_at_its_locked_version() -> None:
    bill = json.loads((BUNDLE / "sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    components = {part["name"].lower(): part["version"] for part in bill["components"] if part["type"] == "library"}
    assert components == PACKAGES
    lock = (ROOT / "build" / "requirements.lock").read_text().lower()
    missing = [
        f"{name} {version}"
        for name, version in components.items()
        if not re.search(rf"^{re.sub(r'[-_.]+', '[-_.]+', name)}=={re.escape(version)}\b", lock, re.MULTILINE)
    ]
    assert not missing


def test_the_bill_of_materials_names_the_frozen_python() -> None:
    bill = json.loads((BUNDLE / "sbom.cdx.json").read_text())
    [python] = [part for part in bill["components"] if part["type"] == "framework"]
    licences = (BUNDLE / "THIRD-PARTY-LICENCES.txt").read_text()
    assert python["name"] == "python"
    assert f"\nPython {python['version']}\n" in licences
    assert python["properties"][0]["value"]


def test_every_package_has_a_licence_text() -> None:
    text = (BUNDLE / "THIRD-PARTY-LICENCES.txt").read_text()
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text
    heads = re.findall(r"^={78}\n(\S+) (\S+)$", text, re.MULTILINE)
    assert {(name.lower(), version) for name, version in heads} >= set(PACKAGES.items())


def test_no_file_contains_a_path_of_the_build_machine() -> None:
    for name in ("manifest.json", "sbom.cdx.json", "THIRD-PARTY-LICENCES.txt"):
        assert str(ROOT) not in (BUNDLE / name).read_text(), name
