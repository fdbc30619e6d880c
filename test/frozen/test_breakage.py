"""Bundles and environments broken on purpose: the right check turns red."""

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
from systems import needs_linux

LOCK = ROOT / "build" / "requirements.lock"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return copy_to(tmp_path / "bundle")


def first(pattern: str) -> Path:
    """Name a file of the bundle, relative to its inner folder."""
    return sorted(INTERNAL.glob(pattern))[0].relative_to(INTERNAL)


def forget(bundle: Path, place: str) -> None:
    """Let the manifest say nothing of a file, so that only what needs the file can miss it."""
    manifest = bundle / "manifest.json"
    about = json.loads(manifest.read_text())
    del about["files"][place]
    manifest.unlink()
    manifest.write_text(json.dumps(about))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("numpy.libs/libgfortran*", "numpy"),
        ("tokenizers/tokenizers*.so", "tokenizers"),
        ("python3.12/lib-dynload/_sqlite3*.so", "sqlite3"),
        ("cachibot/frontend_dist/assets/*.js", "missing cachibot/frontend_dist"),
        ("cachibot/storage/alembic/versions/001*.py", "missing cachibot/storage/alembic"),
        ("cachibot_desktop/bundle/reference.json", "reference.json"),
    ],
)
def test_what_is_taken_away_is_missed(broken: Path, tmp_path: Path, pattern: str, words: str) -> None:
    gone = first(pattern)
    (broken / "_internal" / gone).unlink()
    by_manifest = self_test(broken, tmp_path)
    assert by_manifest.returncode == 1
    assert f"FAILED missing _internal/{gone.as_posix()}" in by_manifest.stdout
    assert f"missing: _internal/{gone.as_posix()}" in check_manifest(broken).stdout
    forget(broken, f"_internal/{gone.as_posix()}")
    by_use = self_test(broken, tmp_path)
    assert by_use.returncode == 1
    assert words in by_use.stdout


def test_a_library_that_the_building_machine_also_has_is_missed(broken: Path, tmp_path: Path) -> None:
    (broken / "_internal" / first("libstdc++.so*")).unlink()
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert "FAILED missing _internal/libstdc++" in answer.stdout


def test_a_library_that_was_cut_off_is_named(broken: Path, tmp_path: Path) -> None:
    victim = broken / "_internal" / first("numpy.libs/libscipy_openblas*")
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[: len(content) // 2])
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert f"FAILED _internal/numpy.libs/{victim.name}: wrong size" in answer.stdout
    assert "changed: _internal/numpy.libs" in check_manifest(broken).stdout


@needs_linux("only there auditwheel has patched libraries")
def test_a_library_that_strip_has_broken_does_not_pass(broken: Path, tmp_path: Path) -> None:
    victim = broken / "_internal" / first("numpy.libs/libscipy_openblas*")
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, victim], check=True)
    victim.unlink()
    shutil.move(stripped, victim)
    forget(broken, victim.relative_to(broken).as_posix())
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert "FAILED" in answer.stdout


@pytest.mark.parametrize("module", ["cachibot.utils.markdown", "discord.opus", "wsgiref.headers"])
def test_a_module_taken_out_of_the_program_is_missed(broken: Path, tmp_path: Path, module: str) -> None:
    program = broken / PROGRAM.name
    content = program.read_bytes()
    # Modules are compressed, the list of their names is not: without its name nobody finds it.
    assert content.count(module.encode()) == 1
    program.unlink()
    program.write_bytes(content.replace(module.encode(), b"?" * len(module)))
    program.chmod(0o755)
    assert f"changed: {PROGRAM.name}" in check_manifest(broken).stdout
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    assert f"FAILED module {module}: " in answer.stdout


@pytest.mark.parametrize("kind", ["names", "others"])
def test_a_module_the_freezer_did_not_see_is_missed(broken: Path, tmp_path: Path, kind: str) -> None:
    reference = broken / "_internal" / "cachibot_desktop" / "bundle" / "reference.json"
    about = json.loads(reference.read_text())
    if kind == "names":
        about["names"]["cachibot.not_there"] = ["x"]
        about["names"]["cachibot.agent"].append("name_not_there")
    else:
        about["others"].append("package_not_there")
    reference.unlink()
    reference.write_text(json.dumps(about))
    forget(broken, "_internal/cachibot_desktop/bundle/reference.json")
    answer = self_test(broken, tmp_path)
    assert answer.returncode == 1
    wanted = ("cachibot.not_there", "name_not_there") if kind == "names" else ("package_not_there",)
    assert all(word in answer.stdout for word in wanted)


@pytest.mark.parametrize("place", ["cachibot/__pycache__/agent.cpython-311.pyc", "cachibot/agent.pyc"])
def test_stale_bytecode_is_noticed(broken: Path, place: str) -> None:
    stale = broken / "_internal" / place
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(b"old")
    assert f"foreign: _internal/{place}" in check_manifest(broken).stdout


def test_one_changed_byte_is_noticed(broken: Path) -> None:
    victim = broken / "cachibot-server"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.unlink()
    victim.write_bytes(content)
    assert "changed: cachibot-server" in check_manifest(broken).stdout


@pytest.fixture
def environment_of_one(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """An environment with one package, which is checked against a lock of that text."""
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


def test_an_environment_as_locked_passes(environment_of_one: Check) -> None:
    answer = environment_of_one(idna() + "\n")
    assert answer.returncode == 0, answer.stderr


def test_a_package_dropped_from_the_lock_is_refused(environment_of_one: Check) -> None:
    answer = environment_of_one("")
    assert answer.returncode == 1
    assert "idna" in answer.stderr
    assert "not locked" in answer.stderr


@pytest.mark.parametrize(
    ("lock", "words"), [("idna==1.0\n", "but 1.0 is locked"), ("{}\nrequests==2.0\n", "requests 2.0 is locked but not")]
)
def test_another_version_or_a_missing_package_is_refused(environment_of_one: Check, lock: str, words: str) -> None:
    answer = environment_of_one(lock.replace("{}", idna()))
    assert answer.returncode == 1
    assert words in answer.stderr


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("idna/core.py", "core.py of idna is changed"),
        ("idna/planted.pyc", "belongs to no package"),
        ("idna/__pycache__/gone.cpython-312.pyc", "belongs to no package"),
        ("easy.pth", "belongs to no package"),
        ("idna-{}.dist-info/direct_url.json", "from a folder or URL"),
    ],
)
def test_files_that_no_wheel_brought_are_refused(
    environment_of_one: Check, tmp_path: Path, place: str, words: str
) -> None:
    version = idna().partition("==")[2]
    file = tmp_path / "site-packages" / place.replace("{}", version)
    file.parent.mkdir(exist_ok=True)
    file.write_text("import os\n")
    answer = environment_of_one(idna() + "\n")
    assert answer.returncode == 1
    assert words in answer.stderr


def test_the_freezer_takes_nothing_from_elsewhere(tmp_path: Path) -> None:
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


def test_another_python_is_refused_before_anything_is_frozen() -> None:
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
