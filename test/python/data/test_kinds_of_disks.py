"""Start, backup and restore on disks that lack links, permissions or case: exFAT and NTFS by FUSE, tmpfs, overlay."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cachibot_desktop.backups import create
from filled_home import fill, places_of
from server_process import ORDINARY_USER, UNSHARE, environment, needs_mounts
from systems import NOT_HERE

pytestmark = [pytest.mark.left_to_ci, needs_mounts]

FILE = "truncate -s 64M $DISK/file"
MOUNTS = {
    "exfat": f"""{FILE}; mkfs.exfat $DISK/file; loop=$(losetup --find --show $DISK/file)
        mount.exfat-fuse $loop $HOME; losetup --detach $loop""",
    "ntfs": f"{FILE}; mkntfs --quick --force $DISK/file; ntfs-3g $DISK/file $HOME",
    "tmpfs": "mount -t tmpfs none $HOME",
    "overlay": """mount -t tmpfs none $DISK; mkdir $DISK/lower $DISK/upper $DISK/work
        mount -t overlay -o lowerdir=$DISK/lower,upperdir=$DISK/upper,workdir=$DISK/work none $HOME""",
}
RUN = 'code=0; "$@" || code=$?; umount --lazy $HOME; exit $code'
"""A mounted FUSE disk is a process, which would keep the namespace of the mounts alive."""
TOOLS = {"exfat": ("mkfs.exfat", "mount.exfat-fuse", "losetup"), "ntfs": ("mkntfs", "ntfs-3g")}
NAMES = ["A.txt", "a.txt", "\u00e9.txt", "e\u0301.txt"]
"""Two pairs of names that some disks do not tell apart."""

ON_THE_DISK = """
import os, pathlib, sqlite3, sys
from contextlib import closing
from server_process import ServerProcess, run_server
home, mixed, names, under = pathlib.Path(sys.argv[1]), sys.argv[2], eval(sys.argv[3]), sys.argv[4:]
database = home / ".cachibot" / "cachibot.db"

def serve(work=lambda server: None):
    server = ServerProcess(home, under=under)
    try:
        server.wait_until_ready()
        work(server)
        assert server.stop() == 0, server.stderr
        return server.stderr
    finally:
        server.kill()

def run(*arguments):
    answer = run_server(home, *map(str, arguments), under=under)
    assert answer.returncode == 0, answer.stderr

log = serve(ServerProcess.sign_up)
run("--back-up-all", home / "all")
run("--restore", mixed)
uploads = home / ".cachibot" / "uploads"
assert sorted(file.read_text() for file in uploads.iterdir() if "pdf" not in file.name) == sorted(map(ascii, names))
renamed = len(list(uploads.glob("*.2")))
run("--restore", home / "all")
with closing(sqlite3.connect(database)) as connection:
    assert connection.execute("SELECT username FROM users").fetchall() == [("tester",)]
serve()
print("may be read by others" if "Other users may be able to read" in log else "private",
    log.count("Other users may be able to read"), renamed)
"""


def require(disk: str) -> None:
    missing = [tool for tool in TOOLS.get(disk, ()) if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{NOT_HERE}{', '.join(missing)} of {disk}.")
    if disk in TOOLS and not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip(f"{NOT_HERE}/dev/fuse, which this user can open.")
    if disk == "exfat" and os.geteuid() != 0:
        pytest.skip(f"{NOT_HERE}a loop device, which only root can set up.")


@pytest.mark.parametrize("disk", MOUNTS)
def test_a_disk_of_another_kind(home: Path, tmp_path: Path, disk: str) -> None:
    require(disk)
    other = tmp_path / "other"
    fill(other, "older", 20)
    for name in NAMES:
        (other / ".cachibot" / "uploads" / name).write_text(ascii(name))
    create.create(places_of(other), tmp_path / "mixed")
    folder = tmp_path / "disk"
    folder.mkdir()
    script = tmp_path / "on_the_disk.py"
    script.write_text(ON_THE_DISK)
    arguments = [str(home), str(tmp_path / "mixed"), repr(NAMES), *ORDINARY_USER]
    answer = subprocess.run(
        [*UNSHARE, "sh", "-ec", f"{{ {MOUNTS[disk]}\n}} >&2; {RUN}", "sh", sys.executable, str(script), *arguments],
        env=environment(home, DISK=str(folder), PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    said = answer.stdout.splitlines()[-1]
    # exFAT ignores case. Both say once that they keep no permissions.
    assert said == {"exfat": "may be read by others 1 1", "ntfs": "may be read by others 1 0"}.get(disk, "private 0 0")
