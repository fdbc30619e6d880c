"""Write the licences of everything in the frozen server to one file, which the installers include.

Usage: licences.py SITE_PACKAGES SBOM.json OUTPUT.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import sysconfig
from pathlib import Path

LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
LINE = "=" * 78


def main(site_packages: Path, sbom: Path, output: Path) -> int:
    """Write the licences of all packages in the SBOM. Return 1 if a package states no licence."""
    names = [part["name"] for part in json.loads(sbom.read_text())["components"] if part["type"] == "library"]
    installed = {each.name.lower(): each for each in importlib.metadata.distributions(path=[str(site_packages)])}
    sections = [_python()]
    unlicensed: list[str] = []
    for name in sorted(names, key=str.lower):
        distribution = installed[name.lower()]
        stated, texts = _stated(distribution), _texts(distribution, site_packages)
        if not stated and not texts:
            unlicensed.append(name)
        head = f"{distribution.name} {distribution.version}\n{stated or 'licence: see below'}"
        sections.append("\n\n".join([head, *texts]))
    output.write_text(
        "CachiBot Desktop includes these works, each under its own licence.\n\n"
        + "".join(f"{LINE}\n{section.strip()}\n\n" for section in sections),
        encoding="utf-8",
    )
    print(f"licences of Python and {len(names)} packages")
    for name in unlicensed:
        print(f"no licence stated: {name}", file=sys.stderr)
    return 1 if unlicensed else 0


def _stated(distribution: importlib.metadata.Distribution) -> str:
    about = distribution.metadata
    stated = [about.get("License-Expression") or "", (about.get("License") or "").strip().splitlines()[:1]]
    stated += [name.split(" :: ")[-1] for name in about.get_all("Classifier") or [] if name.startswith("License")]
    words = [word if isinstance(word, str) else "".join(word) for word in stated]
    return ", ".join(dict.fromkeys(word for word in words if word))


def _texts(distribution: importlib.metadata.Distribution, site_packages: Path) -> list[str]:
    files = [file for file in distribution.files or [] if LICENCE_FILE.search(file.as_posix())]
    texts = [(site_packages / file).read_text(errors="replace").strip() for file in files if file.suffix != ".py"]
    # Some packages contain the same text twice.
    return list(dict.fromkeys(texts))


def _python() -> str:
    for folder in (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix)):
        for name in ("LICENSE.txt", "LICENSE"):
            if (folder / name).is_file():
                return f"Python {sys.version.split()[0]}\n\n{(folder / name).read_text(errors='replace').strip()}"
    raise SystemExit("The licence of Python was not found.")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
