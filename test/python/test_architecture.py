"""Which part of the server's half may import which, and where packages come in. Read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from server_process import PYTHON, ROOT, environment

PACKAGE = ROOT / "desktop" / "cachibot_desktop"

MAY_IMPORT = {
    "exit_codes": set(),
    "files": set(),
    "upstream": set(),
    "launch_options": {"exit_codes"},
    "process": {"exit_codes", "files", "launch_options"},
    "data": {"exit_codes", "files", "upstream", "process"},
    "patches/page": set(),
    "gateway": {"launch_options", "process", "patches/page"},
    "patches": {"files", "launch_options", "process", "data", "gateway"},
    "server": {"exit_codes", "launch_options", "upstream", "process", "data", "gateway", "patches"},
    "bundle": {"upstream", "gateway", "server"},
    "cli": {"exit_codes", "launch_options", "upstream", "process", "data", "server", "bundle"},
}
"""From the bottom to the top: a part imports itself, and of the parts above its line those that are named here."""

PACKAGES = {
    "data/database": {"cachibot"},
    "data/stock_server": {"psutil"},
    "patches/blocking_discovery": {"cachibot", "prompture"},
    "patches/google_transport": {"google", "prompture"},
    "patches/host_lookup": {"cachibot"},
    "patches/leaky_logs": {"cachibot"},
    "patches/login_secret": {"cachibot"},
    "patches/missing_rows": {"cachibot", "sqlalchemy"},
    "patches/model_rates": {"prompture"},
    "patches/open_files": {"cachibot"},
    "patches/package_cleanup": {"cachibot"},
    "patches/pid_guard": {"cachibot"},
    "patches/plugin_registry": {"cachibot"},
    "patches/question_mark": {"cachibot", "sqlalchemy"},
    "patches/saved_settings": {"cachibot"},
    "patches/shared_connection": {"cachibot", "sqlalchemy"},
    "patches/silent_errors": {"cachibot"},
    "patches/slow_models": {"httpx", "requests"},
    "patches/spa_fallback": {"cachibot", "fastapi", "starlette"},
    "patches/stray_settings": {"dotenv"},
    "process/descendants": {"psutil"},
    "process/process_info": {"psutil"},
    "server/application": {"cachibot", "psutil"},
    "server/serve": {"uvicorn"},
}
"""Each file that imports packages which are not Python's own, and which of them."""

WHEN_LOADED = {"uvicorn"}
"""What a file of ours may import as it is loaded. All others are imported in the function that needs them."""


def module_of(file: Path) -> str:
    """Name a file by its path without its suffix; a package by its folder."""
    return file.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


FILES = {module_of(file): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}


def part_of(module: str) -> str:
    if module.startswith("patches/page"):
        return "patches/page"
    return module.partition("/")[0]


def own_imports(module: str, tree: ast.AST) -> set[str]:
    """Name the modules of ours that a file imports, wherever in it, for types alone too."""
    found: set[str] = set()
    is_package = (PACKAGE / module).is_dir()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            parts = module.split("/")
            folder = parts[: len(parts) - node.level + is_package]
            base = "/".join([*folder, *(node.module or "").split(".")]).strip("/")
            names = {f"{base}/{name.name}".strip("/") for name in node.names}
            found |= {name if name in FILES else base for name in names}
    return found


def packages(tree: ast.AST, *, loaded_only: bool = False) -> set[str]:
    """Name the packages that a file imports; `loaded_only`: as it is loaded."""
    nodes = tree.body if loaded_only and isinstance(tree, ast.Module) else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_the_reader_understands_every_form() -> None:
    tree = ast.parse(
        "import a.b, os\nfrom c import d\nfrom . import stdin\nfrom ..data.lock import X\n"
        "from .. import files\ndef f():\n    from e.f import g\n    from .shutdown import h\n"
    )
    assert own_imports("process/parent", tree) == {"process/stdin", "data/lock", "files", "process/shutdown"}
    assert packages(tree) == {"a", "c", "e"}
    assert packages(tree, loaded_only=True) == {"a", "c"}


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_what_it_may_and_no_more(part: str) -> None:
    used = {
        part_of(imported)
        for module, tree in FILES.items()
        if part_of(module) == part
        for imported in own_imports(module, tree)
    }
    assert used - {part} == MAY_IMPORT[part], "imported, and allowed"


def test_each_file_belongs_to_a_part() -> None:
    assert {part_of(module) for module in FILES if module != "__init__"} == set(MAY_IMPORT)


def test_no_part_imports_what_lies_above_it() -> None:
    below: set[str] = set()
    for part, allowed in MAY_IMPORT.items():
        assert allowed <= below, part
        below.add(part)


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {module: own_imports(module, tree) for module, tree in FILES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(FILES)


def test_packages_come_in_where_the_table_says() -> None:
    assert {module: found for module, tree in FILES.items() if (found := packages(tree))} == PACKAGES


def test_only_light_packages_are_imported_as_a_file_is_loaded() -> None:
    assert set().union(*(packages(tree, loaded_only=True) for tree in FILES.values())) == WHEN_LOADED


def test_nothing_heavy_is_imported_before_the_port_is_bound(home: Path) -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "from cachibot_desktop import cli\nfrom cachibot_desktop.process import shutdown\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    env = environment(home, PYTHONPATH=str(ROOT / "desktop"))
    answer = subprocess.run([str(PYTHON), "-c", script], env=env, capture_output=True, text=True, check=True)
    imported = set(answer.stdout.split())
    assert imported - sys.stdlib_module_names == {"cachibot_desktop"}
    assert not imported & {"asyncio", "logging", "sqlite3", "ssl"}
