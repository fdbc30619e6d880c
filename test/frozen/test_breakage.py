"""Damaged bundles and environments: the checks report the damage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bundle import FREEZER, INTERNAL, PROGRAM, check_manifest, copy_to, self_test
from server_process import ROOT
from systems import needs_linux, needs_posix

pytestmark = needs_posix("the files that are damaged have other names there")

MODULES = Path("_internal", "modules.pyz")
LOCK = ROOT / "build" / "requirements.lock"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return copy_to(tmp_path / "bundle")


def first(pattern: str) -> Path:
    """Return the first file of the bundle that matches, relative to its `_internal` folder."""
    return sorted(INTERNAL.glob(pattern))[0].relative_to(INTERNAL)


def remove_from_manifest(bundle: Path, name: str) -> None:
    """Remove a file from the manifest, so that only the code that uses the file can report it."""
    manifest = bundle / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["files"][name]
    manifest.unlink()
    manifest.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("numpy.libs/libgfortran*", "numpy"),
        ("tokenizers/tokenizers*.so", "tokenizers"),
        ("python3.12/lib-dynload/_sqlite3*.so", "sqlite3"),
        ("cachibot/frontend_dist/assets/*.js", "missing cachibot/frontend_dist"),
        ("cachibot/storage/alembic/versions/001*.py", "missing cachibot/storage/alembic"),
        ("cachibot_desktop/bundle/reference.json", "reference.json"),
        ("cachibot_desktop/first_use/page/own.js", "missing /desktop/own.js"),
        ("cachibot_desktop/gateway/content_page.html", "missing content_page.html"),
        ("cachibot_desktop/gateway/mermaid.tiny.js", "missing mermaid.tiny.js"),
    ],
)
def test_a_removed_file_is_reported(broken: Path, tmp_path: Path, pattern: str, message: str) -> None:
    removed = first(pattern)
    (broken / "_internal" / removed).unlink()
    by_manifest = self_test(broken, tmp_path)
    assert by_manifest.returncode == 1
    assert f"FAILED missing _internal/{removed.as_posix()}" in by_manifest.stdout
    assert f"missing: _internal/{removed.as_posix()}" in check_manifest(broken).stdout
    remove_from_manifest(broken, f"_internal/{removed.as_posix()}")
    by_use = self_test(broken, tmp_path)
    assert by_use.returncode == 1
    assert message in by_use.stdout


def test_a_removed_library_is_reported_even_if_the_system_has_it(broken: Path, tmp_path: Path) -> None:
    (broken / "_internal" / first("libstdc++.so*")).unlink()
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert "FAILED missing _internal/libstdc++" in answer.stdout


def test_a_truncated_library_is_reported(broken: Path, tmp_path: Path) -> None:
    victim = broken / "_internal" / first("numpy.libs/libscipy_openblas*")
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[: len(content) // 2])
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert f"FAILED _internal/numpy.libs/{victim.name}: wrong size" in answer.stdout
    assert "changed: _internal/numpy.libs" in check_manifest(broken).stdout


@needs_linux("auditwheel patches libraries only on Linux")
def test_a_library_broken_by_strip_fails_the_self_test(broken: Path, tmp_path: Path) -> None:
    victim = broken / "_internal" / first("numpy.libs/libscipy_openblas*")
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, victim], check=True)
    victim.unlink()
    shutil.move(stripped, victim)
    remove_from_manifest(broken, victim.relative_to(broken).as_posix())
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert "FAILED" in answer.stdout


@pytest.mark.parametrize("module", ["cachibot.utils.markdown", "discord.opus", "wsgiref.headers"])
def test_a_removed_module_is_reported(broken: Path, tmp_path: Path, module: str) -> None:
    modules = broken / MODULES
    content = modules.read_bytes()
    # Modules are compressed, but the list of their names is not: without its name a module cannot be found.
    assert content.count(module.encode()) == 1
    modules.unlink()
    modules.write_bytes(content.replace(module.encode(), b"?" * len(module)))
    assert f"changed: {MODULES}" in check_manifest(broken).stdout
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert f"FAILED module {module}: " in answer.stdout


@pytest.mark.parametrize(
    ("kept", "message"), [(0.0, "No such file"), (0.5, "is damaged")], ids=["missing", "truncated"]
)
def test_a_program_without_its_modules_reports_the_file(broken: Path, kept: float, message: str) -> None:
    modules = broken / MODULES
    content = modules.read_bytes()
    modules.unlink()
    if kept > 0:
        modules.write_bytes(content[: int(len(content) * kept)])
    answer = subprocess.run([broken / PROGRAM.name, "--version"], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert message in answer.stderr
    assert str(MODULES) in answer.stderr


@pytest.mark.parametrize("kind", ["names", "others"])
def test_a_module_that_pyinstaller_did_not_find_is_reported(broken: Path, tmp_path: Path, kind: str) -> None:
    reference = broken / "_internal" / "cachibot_desktop" / "bundle" / "reference.json"
    content = json.loads(reference.read_text())
    if kind == "names":
        content["names"]["cachibot.missing"] = ["x"]
        content["names"]["cachibot.agent"].append("missing_name")
    else:
        content["others"].append("missing_package")
    reference.unlink()
    reference.write_text(json.dumps(content))
    remove_from_manifest(broken, "_internal/cachibot_desktop/bundle/reference.json")
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    expected = ("cachibot.missing", "missing_name") if kind == "names" else ("missing_package",)
    assert all(name in answer.stdout for name in expected)


@pytest.mark.parametrize("place", ["cachibot/__pycache__/agent.cpython-311.pyc", "cachibot/agent.pyc"])
def test_stale_bytecode_is_reported(broken: Path, place: str) -> None:
    stale = broken / "_internal" / place
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(b"old")
    assert f"foreign: _internal/{place}" in check_manifest(broken).stdout


def test_one_changed_byte_is_reported(broken: Path) -> None:
    victim = broken / "cachibot-server"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.unlink()
    victim.write_bytes(content)
    assert "changed: cachibot-server" in check_manifest(broken).stdout


@pytest.fixture
def check_one_package(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """A function that checks an environment with one package against a lock with the given text."""
    origin = Path(next((ROOT / ".setup" / "python").glob("[lL]ib*/**/site-packages")))
    packages = tmp_path / "site-packages"
    for name in ("idna", next(origin.glob("idna-*.dist-info")).name):
        (packages / name).mkdir(parents=True)
        for file in (origin / name).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                (packages / file.relative_to(origin)).parent.mkdir(parents=True, exist_ok=True)
                (packages / file.relative_to(origin)).write_bytes(file.read_bytes())

    def check(lock: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "lock").write_text(lock)
        script = ROOT / "scripts" / "backend" / "environment.py"
        return subprocess.run(
            [FREEZER, script, tmp_path / "lock", packages], capture_output=True, text=True, check=False
        )

    return check


def idna() -> str:
    return next(line for line in LOCK.read_text().splitlines() if line.startswith("idna==")).rstrip("\\ ")


Check = Callable[[str], subprocess.CompletedProcess[str]]


def test_an_environment_that_matches_the_lock_passes(check_one_package: Check) -> None:
    answer = check_one_package(idna() + "\n")
    assert answer.returncode == 0, answer.stderr


def test_a_package_missing_from_the_lock_is_refused(check_one_package: Check) -> None:
    answer = check_one_package("")
    assert answer.returncode == 1
    assert "idna" in answer.stderr
    assert "not locked" in answer.stderr


@pytest.mark.parametrize(
    ("lock", "message"),
    [("idna==1.0\n", "but 1.0 is locked"), ("{}\nrequests==2.0\n", "requests 2.0 is locked but not")],
)
def test_another_version_or_a_missing_package_is_refused(check_one_package: Check, lock: str, message: str) -> None:
    answer = check_one_package(lock.replace("{}", idna()))
    assert answer.returncode == 1
    assert message in answer.stderr


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("idna/core.py", "core.py of idna is changed"),
        ("idna/planted.pyc", "belongs to no package"),
        ("idna/__pycache__/gone.cpython-312.pyc", "belongs to no package"),
        ("easy.pth", "belongs to no package"),
        ("idna-{}.dist-info/direct_url.json", "from a folder or URL"),
    ],
)
def test_files_that_belong_to_no_wheel_are_refused(
    check_one_package: Check, tmp_path: Path, place: str, message: str
) -> None:
    version = idna().partition("==")[2]
    file = tmp_path / "site-packages" / place.replace("{}", version)
    file.parent.mkdir(exist_ok=True)
    file.write_text("import os\n")
    answer = check_one_package(idna() + "\n")
    assert answer.returncode == 1
    assert message in answer.stderr


def test_the_freezer_refuses_files_from_other_folders(tmp_path: Path) -> None:
    snippet = (
        "import contents; from pathlib import Path; "
        f"contents.check_origins([('x', {str(tmp_path / 'x.py')!r}, 'PYMODULE')], Path({str(ROOT)!r}), allowed=[])"
    )
    answer = subprocess.run(
        [FREEZER, "-c", snippet],
        cwd=ROOT / "scripts" / "backend",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "Not from the lock: x" in answer.stderr


def test_another_python_version_is_refused_before_freezing() -> None:
    spec = ROOT / "build" / "cachibot-server.spec"
    snippet = (
        f"import sys; from pathlib import Path; sys.version_info = (3, 13, 0); SPECPATH = {str(spec.parent)!r}; "
        f"exec(compile(Path({str(spec)!r}).read_text(), 'spec', 'exec'))"
    )
    answer = subprocess.run(
        [FREEZER, "-c", snippet],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("The server is frozen with Python 3.12, not ")
