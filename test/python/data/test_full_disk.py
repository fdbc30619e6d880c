"""Full disks and read-only data: one line at startup, a problem in the health response later, and no data loss."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server_process import (
    SERVER,
    UNSHARE,
    ServerProcess,
    environment,
    free_port,
    needs_mounts,
    token_on_stdin,
    wait_for,
)
from systems import needs_posix

pytestmark = pytest.mark.left_to_ci

Start = Callable[..., ServerProcess]

FILL = "dd if=/dev/zero of=$HOME/fill bs=4k"
FULL = {
    "full": ("4m", FILL, 51),
    # Detected only when the database is opened.
    "all but full": ("4m", f"{FILL}; truncate -s -16k $HOME/fill", 51),
    "read-only": ("64m", "mount -o remount,ro $HOME", 50),
}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the data of a server."""
    home = tmp_path_factory.mktemp("used")
    server = ServerProcess(home)
    try:
        server.wait_until_ready()
        server.sign_up()
        assert server.stop() == 0
    finally:
        server.kill()
    return home


@needs_mounts
@pytest.mark.parametrize("disk", FULL)
@pytest.mark.parametrize("home_is", ["empty", "used"])
def test_a_full_or_read_only_disk_is_reported_in_one_line(
    home: Path, tmp_path: Path, used: Path, disk: str, home_is: str
) -> None:
    size, command, code = FULL[disk]
    file = ".cachibot/cachibot.db"
    script = f"""
        mount -t tmpfs -o size={size} none $HOME
        if [ "$HOME_IS" = used ]; then cp -a "$USED/.cachibot" $HOME; fi
        ({command}) 2>/dev/null
        cd /tmp
        {shlex.join(SERVER)} --port {free_port()}
        code=$?
        if [ "$HOME_IS" = used ]; then cmp "$USED/{file}" $HOME/{file} || exit 99; fi
        exit $code
    """
    began = time.monotonic()
    with token_on_stdin() as stdin:
        answer = subprocess.run(
            [*UNSHARE, "sh", "-c", script],
            env=environment(home, CACHIBOT_WORKSPACE=str(tmp_path), HOME_IS=home_is, USED=str(used)),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    print(f"after {time.monotonic() - began:.2f} s: {answer.stderr}")
    assert answer.returncode == code, answer.stderr
    assert answer.stderr.strip().count("\n") == 0, answer.stderr


def problems(server: ServerProcess) -> list[str]:
    """Return the problems in the health response, which may be up to five seconds old."""
    health = server.health()
    assert health is not None
    found: list[str] = health[1]["problems"]
    return found


@needs_mounts
def test_health_reports_a_disk_that_fills_up_and_is_freed(start: Start, home: Path) -> None:
    mount = 'mkdir $HOME/.cachibot && mount -t tmpfs -o size=16m none $HOME/.cachibot && exec "$@"'
    server = start(under=[*UNSHARE, "sh", "-c", mount, "sh"])
    assert server.wait_until_ready()["problems"] == []
    # The disk is in the server's mount namespace, which is accessible through /proc.
    fill = Path(f"/proc/{server.process.pid}/root{home}/.cachibot/fill")
    with pytest.raises(OSError, match="No space"), fill.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(65536))
    assert wait_for(lambda: problems(server) == ["disk-full"], 30), problems(server)
    fill.unlink()
    assert wait_for(lambda: problems(server) == [], 30), problems(server)
    assert server.stop() == 0


@needs_posix("Windows has no such modes")
def test_health_reports_a_database_that_cannot_be_written(start: Start) -> None:
    # Modes do not restrict root unless these capabilities are dropped.
    restricted = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    server = start(under=restricted)
    assert server.wait_until_ready()["problems"] == []
    database = server.data / "cachibot.db"
    database.chmod(0o400)
    assert wait_for(lambda: problems(server) == ["db-readonly"], 30), problems(server)
    database.chmod(0o600)
    assert wait_for(lambda: problems(server) == [], 30), problems(server)
    assert server.stop() == 0
