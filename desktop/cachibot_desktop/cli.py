"""The command line. `_serve` binds the port before it imports anything expensive."""

from __future__ import annotations

import argparse
import io
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from .exit_codes import MEANINGS, ExitCode, KnownFailure
from .launch_options import (
    DEFAULT_PORT,
    HOST,
    PRIVATE_VARIABLES,
    RESTORE_JOURNAL,
    RUN_ID,
    VERSION,
    data_folder,
    read_launch_options,
)
from .process import windows_start
from .server import listener


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code. Serving does not return: it ends the process."""
    frozen = bool(getattr(sys, "frozen", False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # messages have paths, which need not be UTF-8
    if sys.platform == "win32" and arguments[:1] == [windows_start.COMMAND]:
        return windows_start.run_command(arguments[1:])
    try:
        if frozen and arguments and _is_python_command_line(arguments[0]):
            raise KnownFailure(
                ExitCode.USAGE, "This is the CachiBot server, not a Python interpreter: it can't run scripts."
            )
        return _run(_parser().parse_args(arguments), frozen=frozen)
    except KnownFailure as failure:
        _print_error(failure.lines)
        return failure.code


def _run(options: argparse.Namespace, *, frozen: bool) -> int:
    if options.version:
        from .upstream import cachibot_version

        print(f"cachibot-server {cachibot_version()}")
        return ExitCode.CLEAN
    if options.check_data:
        from .data import database

        print(database.check(_database(), data_folder(Path.home())))
        return ExitCode.CLEAN
    if options.backup is not None:
        from .data import backup, database

        location = _database()
        database.require_file(location, data_folder(Path.home()))
        print(backup.create(location, options.backup))
        return ExitCode.CLEAN
    if options.back_up_all or options.prepare_restore or options.restore or options.finish_restore:
        from .backups import commands

        print(commands.run(options, Path.home(), _workspace(), os.environ.get(VERSION), sys.stdin.buffer))
        return ExitCode.CLEAN
    if options.self_test:
        from .bundle import self_test

        return ExitCode.CLEAN if self_test.run() else ExitCode.UNEXPECTED
    if options.host != HOST:
        raise KnownFailure(ExitCode.USAGE, f"--host must be {HOST}: this server accepts local connections only.")
    return _serve(options.port, frozen=frozen)


def _serve(port: int, *, frozen: bool) -> NoReturn:
    from .process import stdin
    from .process.shutdown import exit_process

    code = ExitCode.UNEXPECTED
    try:
        pipe = stdin.detach_stdin()
        launch = read_launch_options(port, os.environ, lambda: stdin.receive_token(pipe))
        server_socket = listener.bind(port)
        listener.raise_descriptor_limit()
        from .data import database, disk_locks, folder, restore, version_record
        from .data.lock import DataLock
        from .process import child_environment, network_environment
        from .process.machine import Machine
        from .process.shutdown import Shutdown
        from .process.watchdog import Watchdog

        shutdown = Shutdown()
        shutdown.start(launch.parent, pipe)
        watchdog = Watchdog(launch.hang_file)
        inherited = child_environment.restore_caller_env(launch, os.environ, frozen=frozen)
        child_environment.patch_spawn(inherited)
        machine = Machine(os.environ, inherited, launch.caller_env)
        network_environment.prepare(os.environ)  # after the previous line has copied the caller's values
        folder.prepare(launch.data)
        folder.make_private(launch.home / ".prompture")  # the model library records the use of models there
        lock = DataLock(launch.data)  # noqa: F841 - held until the process exits
        folder.clear_places(launch.data)
        if (launch.data / RESTORE_JOURNAL).exists():
            from .backups import commands

            # May change the settings that name the database.
            commands.finish_at_start(launch.data, started_by_app=launch.profile is not None)
        folder.clear_settings(database.settings_files(launch.home, launch.workspace))
        folder.require_key(launch.data)
        location = database.locate(launch.home, launch.workspace)
        if location is not None:
            disk_locks.check(location.parent)  # which may be another disk
        restore.finish_interrupted(location)
        database.require_file(location, launch.data)
        stray_log = database.prepare(location, version_record.read(launch.data).files)
        shutdown.on_timeout(lambda: database.checkpoint(location))
        from .server import lazy_imports

        lazy_imports.install()
        from .server import serve

        serve.run(replace(launch, stray_log=stray_log), server_socket, shutdown, watchdog, machine)
    except KnownFailure as failure:
        _print_error(failure.lines)
        code = failure.code
    except Exception as problem:
        from .process.log_redaction import record_crash

        record_crash(data_folder(Path.home()), problem)
    exit_process(code)


def _database() -> Path | None:
    from .data.database import locate

    return locate(Path.home(), _workspace())


def _workspace() -> Path:
    return Path(os.environ.get("CACHIBOT_WORKSPACE") or Path.cwd())


def _parser() -> argparse.ArgumentParser:
    codes = "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    parser = argparse.ArgumentParser(
        prog="cachibot-server",
        description="The CachiBot server. The CachiBot desktop app starts it.",
        epilog=f"exit codes:\n{codes}\n\nThe app sets {', '.join((*PRIVATE_VARIABLES, RUN_ID))} in the environment, "
        "and writes the token to stdin.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--host", default=HOST, help=f"address to listen on; must be {HOST}")
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="N",
        help=f"port to listen on, 1 to 65535 (default: {DEFAULT_PORT})",
    )
    commands = parser.add_mutually_exclusive_group()
    commands.add_argument("--version", action="store_true", help="print the version of CachiBot and exit")
    commands.add_argument("--check-data", action="store_true", help="check the data without changing it, and exit")
    commands.add_argument("--backup", type=Path, metavar="DEST", help="copy the database to the new file DEST and exit")
    commands.add_argument(
        "--back-up-all", type=Path, metavar="DEST", help="save all data in the new file DEST and exit"
    )
    commands.add_argument("--restore", type=Path, metavar="FILE", help="restore the backup FILE and exit")
    commands.add_argument(
        "--prepare-restore",
        type=Path,
        metavar="FILE",
        help="check FILE; --finish-restore or the next start restores it",
    )
    commands.add_argument("--finish-restore", action="store_true", help="finish a prepared or interrupted restore")
    commands.add_argument("--self-test", action="store_true", help="import and load everything, report, and exit")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="for a backup or restore: the app's own folder")
    parser.add_argument("--profile-copy", type=Path, metavar="FOLDER", help="a copy of it that nothing changes")
    parser.add_argument("--password-stdin", action="store_true", help="read the backup's password from stdin")
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (1 to 65535)")
    return number


def _is_python_command_line(first: str) -> bool:
    """Return whether `first` is an argument for Python: plug-ins run `sys.executable -m …`, which is us when frozen."""
    is_python_flag = first.startswith("-") and not first.startswith("--") and first != "-h"
    return is_python_flag or first.endswith((".py", ".pyw", ".pyc"))


def _print_error(lines: str) -> None:
    print(lines, file=sys.stderr, flush=True)
