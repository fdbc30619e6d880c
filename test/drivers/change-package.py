"""Change one package of a frozen server, and every module of the package, as a patch release would.

Usage: change-package.py BUNDLE PACKAGE SOURCES. SOURCES is the folder where the package is installed. The bundle's
manifest is not updated.
"""

from __future__ import annotations

import importlib.metadata
import marshal
import struct
import sys
import zlib
from pathlib import Path

from PyInstaller.archive.readers import ZlibArchiveReader  # type: ignore[import-untyped]
from PyInstaller.building.utils import replace_filename_in_code_object  # type: ignore[import-untyped]

MODULES = Path("_internal", "modules.pyz")


def main(bundle: Path, package: str, sources: Path) -> None:
    """Change the modules, and the version everywhere in the bundle."""
    (about,) = importlib.metadata.distributions(name=package, path=[str(sources)])
    old = about.version
    head, _, last = old.rpartition(".")
    new = f"{head}.{int(last) + 1}"

    info = bundle / "_internal" / f"{package}-{old}.dist-info"
    metadata = info / "METADATA"
    _replace(metadata, f"\nVersion: {old}\n", f"\nVersion: {new}\n")
    info.rename(info.with_name(f"{package}-{new}.dist-info"))
    _replace(bundle / "sbom.cdx.json", f"pkg:pypi/{package}@{old}", f"pkg:pypi/{package}@{new}")

    modules = bundle / MODULES
    content, changed = _changed(modules, package, sources, new)
    modules.write_bytes(content)
    if ZlibArchiveReader(str(modules), 0).extract(package) is None:
        raise SystemExit(f"{modules} can no longer be read.")
    print(f"{package} {old} is {new}, {changed} modules changed")


def _changed(file: Path, package: str, sources: Path, version: str) -> tuple[bytes, int]:
    """Return the file of modules with changed modules and otherwise the same bytes, and the number of these modules."""
    was = file.read_bytes()
    modules = ZlibArchiveReader(str(file), 0)
    first = min(offset for _kind, offset, _length in modules.toc.values())
    data, toc, changed = bytearray(was[:first]), [], 0
    for name, (kind, offset, size) in modules.toc.items():
        blob = was[offset : offset + size]
        if size > 0 and (name == package or name.startswith(f"{package}.")):
            blob = _patched(name, modules.extract(name).co_filename, sources, version)
            changed += 1
        toc.append((name, (kind, len(data), len(blob))))
        data += blob
    struct.pack_into("!i", data, 8, len(data))
    return bytes(data) + marshal.dumps(toc), changed


def _patched(name: str, file: str, sources: Path, version: str) -> bytes:
    """Compile a module with an extra line, as the freezer compiles it."""
    source = (sources / file).read_bytes() + f"\n_patch = {name + version!r}\n".encode()
    code = compile(source, file, "exec", dont_inherit=True, optimize=0)
    return zlib.compress(marshal.dumps(replace_filename_in_code_object(code, file)))


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise SystemExit(f"{file} does not contain {old.strip()}.")
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
