"""Report the size of the frozen server by package, as a table and as JSON.

Usage: size.py BUNDLE REPORT.json [ARCHIVE]. Exit code 1 if a limit is exceeded. MB are 10^6 bytes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PyInstaller.archive.readers import ZlibArchiveReader  # type: ignore[import-untyped]

TARGET_UNPACKED_MB, LIMIT_UNPACKED_MB = 200.0, 240.0
TARGET_ARCHIVE_MB, LIMIT_ARCHIVE_MB = 80.0, 95.0
SMALLEST_SHOWN_MB = 0.5
MB = 1e6
MODULES = Path("_internal", "modules.pyz")


@dataclass
class Size:
    """Size of a package in bytes: its files, and its modules in the file of modules."""

    files: int = 0
    modules: int = 0

    @property
    def all(self) -> int:
        return self.files + self.modules


@dataclass
class Report:
    """Sizes of the bundle and its packages."""

    unpacked_bytes: int
    archive_bytes: int | None
    packages: dict[str, Size] = field(default_factory=dict)

    def exceeded_limits(self) -> list[str]:
        """Return one line for each limit that is exceeded."""
        found = []
        if self.unpacked_bytes > LIMIT_UNPACKED_MB * MB:
            found.append(f"unpacked: {self.unpacked_bytes / MB:.1f} MB; the limit is {LIMIT_UNPACKED_MB:.0f} MB")
        if self.archive_bytes is not None and self.archive_bytes > LIMIT_ARCHIVE_MB * MB:
            found.append(f".tar.xz: {self.archive_bytes / MB:.1f} MB; the limit is {LIMIT_ARCHIVE_MB:.0f} MB")
        return found


def measure(bundle: Path, archive: Path | None) -> Report:
    """Measure each file of the bundle and each module in its file of modules."""
    files: Counter[str] = Counter()
    modules = _modules(bundle / MODULES)
    for file in bundle.rglob("*"):
        if file.is_file() and not file.is_symlink():
            files[_package_of_file(file.relative_to(bundle))] += file.stat().st_size
    files["(program)"] -= sum(modules.values())
    report = Report(
        unpacked_bytes=sum(files.values()) + sum(modules.values()),
        archive_bytes=archive.stat().st_size if archive else None,
    )
    names = sorted(files.keys() | modules.keys(), key=lambda name: -(files[name] + modules[name]))
    report.packages = {name: Size(files[name], modules[name]) for name in names}
    return report


def _modules(file: Path) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for name, (_kind, _position, length) in ZlibArchiveReader(str(file), 0).toc.items():
        sizes[_package_of_module(name)] += length
    return sizes


def _package_of_module(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "google" and len(parts) > 1:
        return ".".join(parts[:2])
    return "(Python)" if parts[0] in sys.stdlib_module_names else parts[0]


def _package_of_file(place: Path) -> str:
    if place == MODULES:
        return "(program)"
    if len(place.parts) == 1:
        return "(program)" if place.stem == "cachibot-server" else "(licences)"
    parts = place.parts[1:]
    if parts[0].endswith(".dist-info"):
        return "(metadata)"
    if parts[0] in ("base_library.zip", "python3.12") or parts[0].startswith("libpython"):
        return "(Python)"
    if len(parts) == 1:
        return "(system libraries)"
    return parts[0].removesuffix(".libs").lower().replace("pillow", "PIL").replace("pil", "PIL")


def table(report: Report) -> str:
    """Format the report as a table."""
    lines = [f"{'package':<22}{'files':>9}{'modules':>9}{'MB':>9}"]
    rest = Size()
    for name, size in report.packages.items():
        if size.all < SMALLEST_SHOWN_MB * MB:
            rest = Size(rest.files + size.files, rest.modules + size.modules)
        else:
            lines.append(_line(name, size))
    lines.append(_line("(other packages)", rest))
    goal = f"target {TARGET_UNPACKED_MB:.0f}, limit {LIMIT_UNPACKED_MB:.0f}"
    lines.append(f"unpacked {report.unpacked_bytes / MB:.1f} MB ({goal})")
    if report.archive_bytes is not None:
        goal = f"target {TARGET_ARCHIVE_MB:.0f}, limit {LIMIT_ARCHIVE_MB:.0f}"
        lines.append(f".tar.xz  {report.archive_bytes / MB:.1f} MB ({goal})")
    return "\n".join(lines)


def _line(name: str, size: Size) -> str:
    return f"{name:<22}{size.files / MB:>9.1f}{size.modules / MB:>9.1f}{size.all / MB:>9.1f}"


def main(bundle: Path, output: Path, archive: Path | None) -> int:
    """Measure the bundle, write the report, print the table and return the exit code."""
    report = measure(bundle, archive)
    limits = {"unpacked_bytes": LIMIT_UNPACKED_MB * MB, "archive_bytes": LIMIT_ARCHIVE_MB * MB}
    output.write_text(json.dumps({**asdict(report), "limits": limits}, indent=2) + "\n")
    print(table(report))
    for line in report.exceeded_limits():
        print(f"too big: {line}", file=sys.stderr)
    return 1 if report.exceeded_limits() else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
