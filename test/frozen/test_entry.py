"""Features that only a frozen server can break: Python arguments, library paths, worker processes, encodings."""

from __future__ import annotations

import collections
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from bundle import INTERNAL, PROGRAM
from server_process import PYTHON, ROOT, UNSHARE, ServerProcess, environment
from systems import needs_linux, needs_posix, needs_windows

TOOLS = """
import cachibot.services, ctypes, inspect, json, multiprocessing, os, pkgutil, subprocess, sys, time
from pathlib import Path
from cachibot.plugins.base import CachibotPlugin

def run(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except FileNotFoundError as problem:
        return [None, str(problem)]
    return [done.returncode, (done.stdout + done.stderr).strip()]

found = {
    "executable": sys.executable,
    "modes": [sys.flags.utf8_mode, sys.stdout.write_through, sys.stderr.write_through],
    "git": run("git", "--version"),
    "python3": run("python3", "-c", "import ssl, sqlite3, ctypes; print(ssl.OPENSSL_VERSION)"),
    "env": run("env"),
    "itself": run(sys.executable, "-m", "pip", "--version"),
    "hooked": [inspect.getsourcefile.__name__, multiprocessing.freeze_support.__name__, ctypes.CDLL.__name__],
    "modules": len(list(pkgutil.iter_modules(cachibot.services.__path__))),
    "readers": [type(module.__loader__._pyz_archive).__name__ for module in list(sys.modules.values())
                if hasattr(getattr(module, "__loader__", None), "_pyz_archive")],
}
with multiprocessing.get_context("spawn").Pool(1) as pool:
    found["worker"] = pool.map(abs, [-21])
time.sleep(1)  # until a resource tracker that refuses its arguments would have exited
found["tracker"] = os.name == "nt" or multiprocessing.resource_tracker._resource_tracker._check_alive()
(Path(__file__).parent / "found.json").write_text(json.dumps(found))

class Plugin(CachibotPlugin):
    pass
"""


@pytest.mark.parametrize("arguments", [["-m", "pip", "list"], ["-c", "print(1)"], ["-"], ["script.py"], ["-u", "x.py"]])
def test_python_arguments_are_refused_with_one_line(tmp_path: Path, arguments: list[str]) -> None:
    began = time.monotonic()
    answer = subprocess.run(
        [PROGRAM, *arguments],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    print(f"after {time.monotonic() - began:.2f} s")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    assert "not a Python interpreter" in answer.stderr
    assert not (tmp_path / ".cachibot").exists()


@needs_windows("only Windows opens files with the server's own program")
def test_a_file_that_cannot_be_opened_is_reported_with_the_reason(tmp_path: Path) -> None:
    answer = subprocess.run(
        [PROGRAM, "--start-file", "C:\\gone.docx", "", "", str(tmp_path), "1"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("2 "), "the number of Windows for a missing file, and its words"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Results of an agent's tools in the frozen server, whose caller has its own LD_LIBRARY_PATH."""
    home = tmp_path_factory.mktemp("tools")
    folder = home / ".cachibot" / "plugins" / "tools"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('[plugin]\nname = "tools"\nversion = "1.0.0"\nauthor = "test"\n')
    (folder / "__init__.py").write_text(TOOLS)
    server = ServerProcess(home, env={"LD_LIBRARY_PATH": "/callers"})
    try:
        server.wait_until_ready()
        result: dict[str, object] = json.loads((folder / "found.json").read_text())
        return result
    except FileNotFoundError:
        pytest.fail(server.stderr)
    finally:
        server.kill()


@needs_posix("Windows has no such variables")
@pytest.mark.parametrize("tool", ["git", "python3"])
def test_system_tools_run_as_in_a_terminal(found: dict[str, object], tool: str) -> None:
    arguments = {"git": ["--version"], "python3": ["-c", "import ssl, sqlite3, ctypes; print(ssl.OPENSSL_VERSION)"]}
    plain = subprocess.run(
        [tool, *arguments[tool]],
        env={**environment(Path("/")), "LD_LIBRARY_PATH": "/callers"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found[tool] == [plain.returncode, (plain.stdout + plain.stderr).strip()]


@needs_posix("Windows has no such variable")
def test_children_get_the_callers_library_path_and_none_of_ours(found: dict[str, object]) -> None:
    _code, text = found["env"]  # type: ignore[misc]
    lines = str(text).splitlines()
    assert "LD_LIBRARY_PATH=/callers" in lines
    assert not [line for line in lines if "_internal" in line or line.startswith(("_PYI", "_MEI", "LD_LIBRARY_PATH_"))]


def test_a_plug_in_that_runs_pip_gets_an_error(found: dict[str, object]) -> None:
    code, text = found["itself"]  # type: ignore[misc]
    assert code == 2
    assert "not a Python interpreter" in str(text)


def test_almost_all_modules_are_found_by_our_finder(found: dict[str, list[str]]) -> None:
    readers = collections.Counter(found["readers"])
    # PyInstaller's own reads those that the program itself contains.
    assert set(readers) == {"ZlibArchiveReader", "ModuleFile"}
    assert readers["ModuleFile"] > 50 * readers["ZlibArchiveReader"]


def test_worker_processes_work(found: dict[str, object]) -> None:
    assert found["worker"] == [21]
    assert found["tracker"]


def test_the_hooks_of_pyinstaller_have_run(found: dict[str, object]) -> None:
    assert found["hooked"] == ["_pyi_getsourcefile", "_freeze_support", "PyInstallerCDLL"]
    assert found["modules"] > 10  # type: ignore[operator]


def test_output_is_utf_8_and_unbuffered(found: dict[str, object]) -> None:
    assert found["modes"] == [1, True, True]


@needs_linux("only Linux can load a locale from a file")
def test_paths_are_utf_8_under_a_latin_1_locale(tmp_path: Path) -> None:
    home = tmp_path / "Łukasz"
    (home / ".cachibot").mkdir(parents=True)
    with closing(sqlite3.connect(home / ".cachibot" / "cachibot.db")) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("INSERT INTO notes VALUES ('zażółć')")
        connection.commit()
    latin_1 = {"LOCPATH": str(make_latin_1(tmp_path / "locales")), "LC_ALL": "latin-1"}
    check = subprocess.run(["locale", "charmap"], env={**os.environ, **latin_1}, capture_output=True, check=True)
    assert check.stdout == b"ISO-8859-1\n"
    answer = subprocess.run(
        [PROGRAM, "--backup", home / "copy ż.db"],
        cwd=tmp_path,
        env={**environment(home), **latin_1},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr.decode()
    assert str(home / "copy ż.db") in answer.stdout.decode()
    with closing(sqlite3.connect(home / "copy ż.db")) as copy:
        assert copy.execute("SELECT text FROM notes").fetchall() == [("zażółć",)]


def make_latin_1(folder: Path) -> Path:
    """Compile a Latin-1 locale from sources of our own: few computers have the locale or its sources."""
    folder.mkdir()
    charmap = [f"<U{number:04X}> /x{number:02x}" for number in range(256)]
    head = ["<code_set_name> ISO-8859-1", "<mb_cur_max> 1", "<escape_char> /", "CHARMAP"]
    (folder / "charmap").write_text("\n".join([*head, *charmap, "END CHARMAP", ""]))
    (folder / "source").write_text("LC_CTYPE\nupper <U0041>;<U0042>\nEND LC_CTYPE\n")
    # localedef exits with 1 because only LC_CTYPE is defined. The other categories are then those of the locale C.
    subprocess.run(
        ["localedef", "-c", "--quiet", "-i", folder / "source", "-f", folder / "charmap", folder / "latin-1"],
        capture_output=True,
        check=False,
    )
    return folder


def test_it_runs_from_a_folder_with_spaces_and_non_ascii_letters(tmp_path: Path) -> None:
    place = tmp_path / "Prográmme und mehr ü"
    shutil.copytree(PROGRAM.parent, place, symlinks=True, copy_function=os.link)
    answer = subprocess.run(
        [place / PROGRAM.name, "--version"], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("cachibot-server ")


def test_version_takes_less_than_two_seconds(tmp_path: Path) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([PROGRAM, "--version"], env=environment(tmp_path), check=True, capture_output=True)
        took.append(time.monotonic() - began)
    print(f"--version after {min(took):.2f} s")
    assert min(took) < 2


def test_a_proxy_that_never_responds_does_not_delay_the_start(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        times = []
        for number, address in enumerate((None, proxy)):
            home = tmp_path / str(number)
            home.mkdir()
            server = ServerProcess(home, env={"HTTP_PROXY": address, "HTTPS_PROXY": address} if address else {})
            try:
                server.wait_until_ready()
                times.append(time.monotonic() - server.started_at)
                assert server.stop() == 0
            finally:
                server.kill()
    print(f"ready after {times[0]:.2f} s, with the proxy after {times[1]:.2f} s")
    assert times[1] < 2 * times[0] + 1


NETWORKS = {
    "none": "ip link set lo up",
    # A router that drops all packets, DNS queries included.
    "dropping": """
        ip link set lo up
        ip link add out type veth peer name router
        ip addr add 10.9.9.1/24 dev out
        ip link set out up
        ip link set router up
        ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:02 dev out
        ip route add default via 10.9.9.2
    """,
}


@needs_linux("only Linux has network namespaces")
def test_it_starts_quickly_without_a_network_and_in_one_that_drops_packets() -> None:
    # A DNS query without a response takes five seconds or more in each try; a busy computer is slow only in some.
    tries = []
    for _ in range(3):
        times = {name: seconds_until_ready(network) for name, network in NETWORKS.items()}
        tries.append(times)
        if times["dropping"] < times["none"] + 3:
            break
    else:
        pytest.fail(f"seconds until ready, by network: {tries}")
    print(f"seconds until ready, by network: {tries}")


def seconds_until_ready(network: str) -> float:
    """Run the complete smoke test in its own network; return the seconds until the server was ready."""
    command = [PYTHON, ROOT / "scripts" / "backend" / "smoke.py", PROGRAM]
    answer = subprocess.run(
        [*UNSHARE, "--net", "sh", "-c", f'set -e\n{network}\nexec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    ready = re.search(r"^ready +after ([\d.]+) s$", answer.stdout, re.MULTILINE)
    assert ready is not None
    return float(ready[1])


@needs_linux("other systems do not list the files in a file")
def test_the_server_maps_only_libraries_of_the_bundle(tmp_path: Path) -> None:
    """A running server maps no file of the computer's Python or its packages."""
    server = ServerProcess(tmp_path)
    try:
        server.wait_until_ready()
        mapped = {
            line.split(maxsplit=5)[5].strip()
            for line in Path(f"/proc/{server.process.pid}/maps").read_text().splitlines()
            if len(line.split(maxsplit=5)) == 6
        }
    finally:
        server.kill()
    foreign = [name for name in mapped if ("site-packages" in name or "python" in name) and str(INTERNAL) not in name]
    assert not foreign
