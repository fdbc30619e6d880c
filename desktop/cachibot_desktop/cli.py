"""The command line: what is asked, in the order that lets the port answer first."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from .exit_codes import MEANING, Exit, Foreseen
from .launch_options import DEFAULT_PORT, HOST, PRIVATE, RUN, data_folder, read_launch
from .server import listener


def main(arguments: list[str]) -> int:
    """Do what the arguments ask; return the exit code. Serving never returns, it leaves."""
    frozen = bool(getattr(sys, "frozen", False))
    try:
        if frozen and arguments and _takes_us_for_python(arguments[0]):
            raise Foreseen(Exit.BAD_CALL, "This is the CachiBot server, not a Python interpreter: it runs no scripts.")
        return _do(_parser().parse_args(arguments), frozen=frozen)
    except Foreseen as failure:
        _say(failure.lines)
        return failure.code


def _do(options: argparse.Namespace, *, frozen: bool) -> int:
    if options.version:
        from .upstream import cachibot_version

        print(f"cachibot-server {cachibot_version()}")
        return Exit.CLEAN
    if options.check_data:
        from .data import database

        print(database.check(_database(), data_folder(Path.home())))
        return Exit.CLEAN
    if options.backup is not None:
        from .data import backup

        print(backup.make(_database(), options.backup))
        return Exit.CLEAN
    if options.self_test:
        from .bundle import self_test

        return Exit.CLEAN if self_test.run() else Exit.UNEXPECTED
    if options.host != HOST:
        raise Foreseen(Exit.BAD_CALL, f"--host must be {HOST}: this server answers on its own machine only.")
    return _serve(options.port, frozen=frozen)


def _serve(number: int, *, frozen: bool) -> NoReturn:
    from .process.shutdown import exit_process

    code = Exit.UNEXPECTED
    try:
        launch = read_launch(number, os.environ)
        server_socket = listener.bind(number)
        from .data import database, folder, restore, version_record
        from .data.lock import DataLock
        from .process import child_environment, network_environment, watchdog
        from .process.shutdown import Shutdown

        shutdown = Shutdown()
        shutdown.begin(launch.parent)
        watch = watchdog.Watch(launch.hang_file)
        child_environment.patch_spawn(child_environment.restore_caller_env(launch, os.environ, frozen=frozen))
        network_environment.prepare(os.environ)  # after the caller's values are kept for what is started
        folder.prepare(launch.data)
        lock = DataLock(launch.data)  # noqa: F841 - held until the process is gone
        location = database.locate(launch.home, launch.workspace)
        restore.finish(location)
        stray_log = database.settle(location, version_record.read(launch.data).files)
        shutdown.on_timeout(lambda: database.checkpoint(location))
        from .server import serve

        serve.run(replace(launch, stray_log=stray_log), server_socket, shutdown, watch)
    except Foreseen as failure:
        _say(failure.lines)
        code = failure.code
    except Exception as problem:
        from .process.log_redaction import record_crash

        record_crash(data_folder(Path.home()), problem)
    exit_process(code)


def _database() -> Path | None:
    from .data.database import locate

    return locate(Path.home(), Path(os.environ.get("CACHIBOT_WORKSPACE") or Path.cwd()))


def _parser() -> argparse.ArgumentParser:
    codes = "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANING.items())
    parser = argparse.ArgumentParser(
        prog="cachibot-server",
        description="The CachiBot server as the desktop app starts it.",
        epilog=f"exit codes:\n{codes}\n\nThe app passes {', '.join((*PRIVATE, RUN))} in the environment.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--host", default=HOST, help=f"only {HOST}")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, metavar="N", help=f"1 to 65535 (default: {DEFAULT_PORT})"
    )
    questions = parser.add_mutually_exclusive_group()
    questions.add_argument("--version", action="store_true", help="print the version of CachiBot and exit")
    questions.add_argument("--check-data", action="store_true", help="check the data folder and exit; changes nothing")
    questions.add_argument(
        "--backup", type=Path, metavar="DEST", help="copy the database to the new file DEST and exit"
    )
    questions.add_argument("--self-test", action="store_true", help="import and load everything, report, and exit")
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return number


def _takes_us_for_python(first: str) -> bool:
    """Plug-ins start `sys.executable -m something`; frozen, that is us."""
    is_flag_of_python = first.startswith("-") and not first.startswith("--") and first != "-h"
    return is_flag_of_python or first.endswith((".py", ".pyw", ".pyc"))


def _say(lines: str) -> None:
    print(lines, file=sys.stderr, flush=True)
