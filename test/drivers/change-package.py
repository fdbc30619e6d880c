"""Change one package of a frozen server, and every module of the package, as a patch release would.

Usage: change-package.py BUNDLE PACKAGE SOURCES. SOURCES is the folder where the package is installed. The bundle's
manifest is not updated.
"""

from __future__ import annotations

import importlib.metadata
import marshal
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]
from PyInstaller.building.utils import replace_filename_in_code_object  # type: ignore[import-untyped]

MODULES = "PYZ.pyz"
COOKIE = "!8sIIII64s"
SECTION = "pydata"
"""ELF section in which PyInstaller's Linux launcher finds the archive."""


def main(bundle: Path, package: str, sources: Path) -> None:
    """Change the modules in the program, and the version everywhere in the bundle."""
    (about,) = importlib.metadata.distributions(name=package, path=[str(sources)])
    old = about.version
    head, _, last = old.rpartition(".")
    new = f"{head}.{int(last) + 1}"

    info = bundle / "_internal" / f"{package}-{old}.dist-info"
    metadata = info / "METADATA"
    _replace(metadata, f"\nVersion: {old}\n", f"\nVersion: {new}\n")
    info.rename(info.with_name(f"{package}-{new}.dist-info"))
    _replace(bundle / "sbom.cdx.json", f"pkg:pypi/{package}@{old}", f"pkg:pypi/{package}@{new}")

    program = bundle / "cachibot-server"
    archive, changed = _changed(program, package, sources, new)
    with tempfile.NamedTemporaryFile() as section:
        section.write(archive)
        section.flush()
        subprocess.run(["objcopy", "--update-section", f"{SECTION}={section.name}", str(program)], check=True)
    if CArchiveReader(str(program)).open_embedded_archive(MODULES).extract(package) is None:
        raise SystemExit(f"{program} can no longer be read.")
    print(f"{package} {old} is {new}, {changed} modules changed")


def _changed(program: Path, package: str, sources: Path, version: str) -> tuple[bytes, int]:
    """Return the archive with changed modules and otherwise the same bytes, and the number of these modules."""
    content = program.read_bytes()
    archive = CArchiveReader(str(program))
    modules = archive.open_embedded_archive(MODULES)
    start, (position, length, *_rest) = archive._start_offset, archive.toc[MODULES]
    cookie = content[archive._end_offset - struct.calcsize(COOKIE) : archive._end_offset]
    magic, _whole, index_at, index_size, python, library = struct.unpack(COOKIE, cookie)
    if position + length != index_at:
        raise SystemExit("The modules are not the last entry of the archive.")

    was = content[start + position : start + position + length]
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
    data += marshal.dumps(toc)

    entry, other = (struct.pack("!III", position, size, size) for size in (length, len(data)))
    index = content[start + index_at :][:index_size].replace(entry, other)
    index_at = position + len(data)
    cookie = struct.pack(COOKIE, magic, index_at + index_size + len(cookie), index_at, index_size, python, library)
    return content[start : start + position] + bytes(data) + index + cookie, changed


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
