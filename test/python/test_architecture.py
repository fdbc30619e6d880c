"""The imports of the Python half: which part may import which part, and which files may import packages."""

from __future__ import annotations

import ast
import re
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
    "pictures": set(),
    "attachments": {"files", "pictures"},
    "backups": {"exit_codes", "files", "upstream", "launch_options", "data", "attachments"},
    "patches/page": set(),
    "streaming": set(),
    "gateway": {"launch_options", "process", "data", "patches/page", "pictures", "attachments"},
    "patches": {"files", "launch_options", "process", "data", "gateway", "streaming", "attachments"},
    "first_use": {"files", "launch_options", "data", "gateway"},
    "server": {
        "exit_codes",
        "files",
        "launch_options",
        "upstream",
        "process",
        "data",
        "gateway",
        "patches",
        "first_use",
    },
    "bundle": {"upstream", "gateway", "first_use", "server"},
    "cli": {"exit_codes", "launch_options", "upstream", "process", "data", "backups", "server", "bundle"},
}
"""From the bottom to the top. A part imports itself, and exactly the listed parts, which come before it."""

PACKAGES = {
    "backups/encryption": {"cryptography"},
    "data/database": {"cachibot"},
    "data/stock_server": {"psutil"},
    "first_use/account": {"cachibot"},
    "first_use/api_keys": {"httpx"},
    "first_use/model_choice": {"cachibot", "prompture"},
    "first_use/model_servers": {"httpx"},
    "first_use/routes": {"cachibot"},
    "patches/answer_checks": {"cachibot", "httpx"},
    "patches/approvals": {"cachibot", "prompture", "tukuy"},
    "patches/attachments": {"cachibot", "prompture", "sqlalchemy"},
    "patches/background_errors": {"cachibot", "fastapi", "httpx", "prompture", "requests"},
    "patches/blocking_discovery": {"cachibot", "prompture"},
    "patches/chat_login": {"cachibot"},
    "patches/google_transport": {"google", "prompture"},
    "patches/host_lookup": {"cachibot"},
    "patches/leaky_logs": {"cachibot"},
    "patches/live_answers": {"cachibot", "httpx", "prompture"},
    "patches/live_settings": {"cachibot", "prompture"},
    "patches/local_times": {"cachibot", "croniter", "sqlalchemy"},
    "patches/login_secret": {"cachibot"},
    "patches/master_key": {"cachibot"},
    "patches/missing_rows": {"cachibot", "sqlalchemy"},
    "patches/model_rates": {"prompture"},
    "patches/models_without_tools": {"prompture"},
    "patches/open_files": {"cachibot"},
    "patches/package_cleanup": {"cachibot"},
    "patches/pid_guard": {"cachibot"},
    "patches/plugin_registry": {"cachibot"},
    "patches/question_mark": {"cachibot", "sqlalchemy"},
    "patches/reminders": {"cachibot"},
    "patches/room_answers": {"cachibot"},
    "patches/room_stop": {"cachibot"},
    "patches/saved_settings": {"cachibot"},
    "patches/shared_connection": {"cachibot", "sqlalchemy"},
    "patches/silent_errors": {"cachibot"},
    "patches/slow_models": {"httpx", "requests"},
    "patches/spa_fallback": {"cachibot", "fastapi", "starlette"},
    "patches/stray_settings": {"dotenv", "pydantic_settings"},
    "patches/table_check": {"cachibot", "sqlalchemy"},
    "patches/terms_check": {"cachibot"},
    "patches/tool_rounds": {"prompture"},
    "patches/tool_threads": {"cachibot", "prompture", "psutil", "tukuy"},
    "patches/try_again": {"cachibot"},
    "patches/utc_times": {"sqlalchemy"},
    "patches/work_folder": {"cachibot"},
    "pictures/fetch": {"httpx"},
    "pictures/own_networks": {"psutil"},
    "process/descendants": {"psutil"},
    "process/process_info": {"psutil"},
    "process/system_certificates": {"certifi", "truststore"},
    "server/application": {"cachibot", "psutil"},
    "server/connection": {"httptools", "uvicorn"},
    "server/frozen_modules": {"isal", "pyimod02_importers"},
    "server/health": {"sqlalchemy"},
    "server/idle_work": {"cachibot", "prompture"},
    "server/lazy_models": {"pydantic"},
    "server/lazy_routes": {"fastapi", "starlette"},
    "server/serve": {"uvicorn"},
    "streaming/streamed_request": {"httpx"},
}
"""The packages outside the standard library that each file imports."""

AT_MODULE_LEVEL = {"httptools", "uvicorn"}
"""The packages that a file may import at module level. All others are imported in the functions that need them."""


def module_of(file: Path) -> str:
    """Return the path of a file without its suffix; for a package, the path of its folder."""
    return file.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


FILES = {module_of(file): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}


def part_of(module: str) -> str:
    if module.startswith("patches/page"):
        return "patches/page"
    return module.partition("/")[0]


def own_imports(module: str, tree: ast.AST) -> set[str]:
    """Return the modules of ours that a file imports anywhere, including imports for types only."""
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


def packages(tree: ast.AST, *, at_module_level: bool = False) -> set[str]:
    """Return the packages that a file imports anywhere, or only at module level."""
    nodes = tree.body if at_module_level and isinstance(tree, ast.Module) else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_own_imports_and_packages_are_read_from_every_kind_of_import() -> None:
    tree = ast.parse(
        "import a.b, os\nfrom c import d\nfrom . import stdin\nfrom ..data.lock import X\n"
        "from .. import files\ndef f():\n    from e.f import g\n    from .shutdown import h\n"
    )
    assert own_imports("process/parent", tree) == {"process/stdin", "data/lock", "files", "process/shutdown"}
    assert packages(tree) == {"a", "c", "e"}
    assert packages(tree, at_module_level=True) == {"a", "c"}


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_exactly_the_allowed_parts(part: str) -> None:
    used = {
        part_of(imported)
        for module, tree in FILES.items()
        if part_of(module) == part
        for imported in own_imports(module, tree)
    }
    assert used - {part} == MAY_IMPORT[part], "left: imported, right: allowed"


def test_each_file_belongs_to_a_part() -> None:
    assert {part_of(module) for module in FILES if module != "__init__"} == set(MAY_IMPORT)


def test_no_part_imports_a_part_above_it() -> None:
    below: set[str] = set()
    for part, allowed in MAY_IMPORT.items():
        assert allowed <= below, part
        below.add(part)


def test_no_modules_import_each_other_in_a_cycle() -> None:
    graph = {module: own_imports(module, tree) for module, tree in FILES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(FILES)


def test_only_the_listed_files_import_packages() -> None:
    assert {module: found for module, tree in FILES.items() if (found := packages(tree))} == PACKAGES


def test_only_cheap_packages_are_imported_at_module_level() -> None:
    assert set().union(*(packages(tree, at_module_level=True) for tree in FILES.values())) == AT_MODULE_LEVEL


def renames(tree: ast.AST) -> bool:
    """Return whether a file renames with Python's functions. The `replace` of texts and times has other arguments."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return any(
        ast.unparse(call.func) in ("os.rename", "os.renames", "os.replace", "shutil.move")
        or (call.func.attr in ("rename", "replace") and len(call.args) == 1 and not call.keywords)
        for call in calls
    )


def test_only_one_file_renames_because_windows_refuses_it_while_another_program_reads_the_file() -> None:
    for code in ("os.replace(a, b)", "path.rename(new)", "Path(a).replace(b)"):
        assert renames(ast.parse(code)), code
    assert [module for module, tree in FILES.items() if renames(tree)] == ["files"]


WINDOWS_TOOL = re.compile(
    r"\s*(attrib|cmd|cscript|explorer|icacls|netstat|powershell|pwsh|reg|rundll32|schtasks|takeown|taskkill|tasklist|"
    r"where|wmic|wscript)(\.exe)?(\s|$)",
    re.IGNORECASE,
)
"""A command that begins with the bare name of a program of Windows."""


def bare_windows_tools(tree: ast.AST) -> list[str]:
    """Return the texts in a file that are such commands. Docstrings may begin with the same words."""
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        if WINDOWS_TOOL.match(node.value)
    ]


@pytest.mark.parametrize(
    "code",
    [
        'subprocess.run(["taskkill", "/PID", pid])',
        'os.system(f"tasklist.exe /fi {pid}")',
        'command = "PowerShell -Command x"',
        'asyncio.create_subprocess_exec("where", name)',
    ],
)
def test_the_bare_name_of_a_windows_program_is_found(code: str) -> None:
    assert bare_windows_tools(ast.parse(code))


def test_no_file_runs_a_windows_program_by_its_bare_name_which_may_be_in_the_current_folder() -> None:
    for code in (r'run([rf"{root}\System32\taskkill.exe"])', 'x = 1\n"""Where it is."""', 'print("commands")'):
        assert not bare_windows_tools(ast.parse(code)), code
    assert {module: found for module, tree in FILES.items() if (found := bare_windows_tools(tree))} == {}


def test_nothing_expensive_is_imported_before_the_port_is_bound(home: Path) -> None:
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
