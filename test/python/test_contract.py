"""The server matches the table of docs/contract.md. test/unit/contract.test.ts tests the shell's side."""

from __future__ import annotations

import re

import pytest

from cachibot_desktop import cli, launch_options
from cachibot_desktop.data import (
    failed_documents,
    kept_reminders,
    lock,
    unfinished_answers,
    version_record,
    work_folder,
)
from cachibot_desktop.exit_codes import MEANINGS, ExitCode
from cachibot_desktop.first_use import account
from cachibot_desktop.gateway.access_policy import AccessPolicy, Request
from cachibot_desktop.gateway.static_files import PAGE_HOST
from cachibot_desktop.process import login_environment, shutdown, stdin
from cachibot_desktop.server import connection
from server_process import ROOT

ROW = re.compile(r"^\| ([a-z]+) \| `([^`]+)` \| (?:`([^`]+)`)? ?\| (both|shell|server) \|", re.MULTILINE)
ROWS = [row for row in ROW.findall((ROOT / "docs" / "contract.md").read_text(encoding="utf-8")) if row[3] != "shell"]
SOURCE = "\n".join(
    file.read_text(encoding="utf-8") for file in sorted((ROOT / "desktop" / "cachibot_desktop").rglob("*.py"))
)
TOKEN = "ab" * 32


def values(kind: str) -> dict[str, str]:
    return {name: value for row_kind, name, value, _side in ROWS if row_kind == kind}


def test_the_table_has_rows_of_each_kind() -> None:
    kinds = "address argument variable stdin refused login header path status exit time file"
    assert list(dict.fromkeys(row[0] for row in ROWS)) == kinds.split()


def test_the_address() -> None:
    assert values("address") == {
        "host": launch_options.HOST,
        "port": str(launch_options.DEFAULT_PORT),
        "origin": f"http://{PAGE_HOST}",
    }


def test_the_arguments() -> None:
    options = {option for action in cli._parser()._actions for option in action.option_strings}
    assert set(values("argument")) == options - {"-h", "--help"}


def test_the_variables() -> None:
    expected = {
        **dict.fromkeys(launch_options.PRIVATE_VARIABLES, "private"),
        **dict.fromkeys(launch_options.UPSTREAM_VARIABLES, "cachibot"),
        launch_options.RUN_ID: "inherited",
    }
    assert values("variable") == expected


def test_the_token() -> None:
    assert values("stdin") == {"token": f"{stdin.TOKEN_DIGITS} hex"}
    assert values("refused") == {launch_options.REFUSED_TOKEN: ""}


def test_the_variables_of_the_login_shell() -> None:
    assert set(values("login")) == set(login_environment.NAMES)


def test_the_headers() -> None:
    used = set(re.findall(r"x-cachibot-[a-z]+", SOURCE))
    assert {name.lower() for name in values("header")} == used
    policy = AccessPolicy(token=TOKEN, port=5870, open_v1=False, open_webhooks=False)
    proof = policy.proof("0" * 32)
    assert proof is not None
    lengths = {"X-CachiBot-Challenge": 32, "X-CachiBot-Proof": len(proof), "X-CachiBot-Token": len(TOKEN)}
    assert values("header") == {name: f"{length} hex" for name, length in lengths.items()}
    assert policy.proof("0" * 31) is None


@pytest.mark.parametrize("path", values("path"))
def test_a_path(path: str) -> None:
    assert f'"{path}"' in SOURCE


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (400, "/a/../b", {}),
        (401, "/", {"x-cachibot-token": ""}),
        (403, "/", {"origin": "http://elsewhere.example"}),
        (404, "/v1", {}),
        (404, "/api/webhooks/1", {}),
        (421, "/", {"host": "elsewhere.example:5870"}),
    ],
)
def test_a_refusal(status: int, path: str, headers: dict[str, str]) -> None:
    policy = AccessPolicy(token=TOKEN, port=5870, open_v1=False, open_webhooks=False)
    given = {"host": "127.0.0.1:5870", "x-cachibot-token": TOKEN}
    refusal = policy.check(Request(path, {**given, **headers}))
    assert refusal is not None
    assert refusal.status == status
    assert policy.check(Request("/", given)) is None


def test_the_statuses() -> None:
    used = re.findall(
        r"(?:Refusal\(|return |Answer\(|_send_json\(scope, send, |_respond\(scope, send, )(\d{3}), ", SOURCE
    )
    assert set(values("status")) == set(used)


def test_the_exit_codes() -> None:
    assert values("exit") == {code.name: str(code.value) for code in ExitCode}
    assert set(MEANINGS) == set(ExitCode)


def test_the_times() -> None:
    times = {
        "token": stdin.TOKEN_SECONDS,
        "header": connection.HEADER_SECONDS,
        "finish": shutdown.FINISH_SECONDS,
        "shutdown": shutdown.SHUTDOWN_SECONDS,
        "alone": shutdown.ORPHANED_SECONDS,
    }
    assert values("time") == {name: f"{seconds:g} s" for name, seconds in times.items()}


def test_the_files_in_the_data_folder() -> None:
    assert values("file") == dict.fromkeys(
        (
            version_record.FILE,
            launch_options.RESTORE_JOURNAL,
            account.FILE,
            failed_documents.FILE,
            kept_reminders.FILE,
            unfinished_answers.FILE,
            work_folder.FILE,
            lock.LOCK,
        ),
        "~/.cachibot",
    )
