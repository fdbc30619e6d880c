"""Check that an environment matches its lock file exactly, file by file, before it is frozen.

Usage: environment.py LOCK SITE_PACKAGES. Prints one line for each problem to stderr; exit code 1 if there is one.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = re.compile(r"^(backend\.pth|_virtualenv\.(py|pth))$")
"""Files that the set-up creates in the environment besides packages."""


def main(lock: Path, site_packages: Path) -> int:
    """Compare the environment with the lock, print the problems and return the exit code."""
    wanted = read_lock(lock.read_text())
    installed: dict[str, importlib.metadata.Distribution] = {
        canonicalize_name(each.name): each for each in importlib.metadata.distributions(path=[str(site_packages)])
    }
    problems = [*_differences(wanted, installed), *_changed_files(installed, site_packages)]
    for problem in problems[:20]:
        print(f"not from the lock: {problem}", file=sys.stderr)
    if not problems:
        print(f"{len(installed)} packages match {lock.name}; every file has the hash of its wheel")
    return 1 if problems else 0


def read_lock(text: str) -> dict[str, str]:
    """Return names and versions of the pins that apply to this system."""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        if re.match(r"^[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip("\\ "))
            if requirement.marker is None or requirement.marker.evaluate():
                pins[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return pins


def _differences(wanted: dict[str, str], installed: dict[str, importlib.metadata.Distribution]) -> Iterator[str]:
    for name, version in wanted.items():
        if name not in installed:
            yield f"{name} {version} is locked but not installed"
        elif installed[name].version != version:
            yield f"{name} {installed[name].version} is installed, but {version} is locked"
    for name, distribution in installed.items():
        if name not in wanted:
            yield f"{name} {distribution.version} is installed but not locked"
        elif distribution.read_text("direct_url.json"):
            yield f"{name} was installed from a folder or URL, not from the index"


def _changed_files(installed: dict[str, importlib.metadata.Distribution], site_packages: Path) -> Iterator[str]:
    recorded: set[Path] = set()
    for distribution in installed.values():
        for file in distribution.files or []:
            path = site_packages / file
            recorded.add(path)
            if file.hash is None:
                continue
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest() if path.is_file() else b""
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != file.hash.value:
                yield f"{file} of {distribution.name} is {'changed' if digest else 'missing'}"
    for path in sorted(site_packages.rglob("*")):
        if path.is_file() and path not in recorded and not _is_own_bytecode(path) and not OURS.match(path.name):
            yield f"{path.relative_to(site_packages)} belongs to no package"


def _is_own_bytecode(path: Path) -> bool:
    """Return whether it is bytecode of a source file that exists; PyInstaller compiles the sources itself anyway."""
    source = path.parent.parent / f"{path.name.split('.')[0]}.py"
    return path.parent.name == "__pycache__" and path.suffix == ".pyc" and source.is_file()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
