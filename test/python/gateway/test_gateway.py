"""The gateway of a running server, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import websockets

from cachibot_desktop.attachments import record
from cachibot_desktop.gateway import asgi
from server_process import ServerProcess

POLICY = ("content-security-policy", "x-content-type-options", "referrer-policy")


def raw(server: ServerProcess, target: str, *, host: str | None = None, more: str = "") -> tuple[int, bytes]:
    """Send a request line unchanged (HTTP clients normalise paths); return the status and the complete response."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{server.port}'}\r\n"
            f"X-CachiBot-Token: {server.token}\r\n{more}Connection: close\r\n\r\n".encode("latin-1")
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer


def test_health_reports_version_and_problems(server: ServerProcess) -> None:
    body = server.wait_until_ready()
    assert body["status"] == "ok"
    assert body["version"]
    assert body["desktop"] is True
    assert body["problems"] == []
    assert body["busy"] is False


def test_a_malformed_challenge_gets_no_proof(server: ServerProcess) -> None:
    answer = server.get("/api/health", token=False, headers={"X-CachiBot-Challenge": "no"})
    assert answer.status_code == 200
    assert "x-cachibot-proof" not in answer.headers


def test_only_health_responses_have_a_proof(server: ServerProcess) -> None:
    assert "x-cachibot-proof" not in server.get("/", headers={"X-CachiBot-Challenge": "0" * 32}).headers


@pytest.mark.parametrize(
    "path", ["/", "/api/auth/setup-required", "/api/desktop/activity", "/api/nothing", "/favicon.svg"]
)
def test_every_response_has_the_security_headers(server: ServerProcess, path: str) -> None:
    for answer in (server.get(path), server.get(path, token=False), server.get(path, headers={"Host": "evil.example"})):
        assert all(name in answer.headers for name in POLICY)
        assert (answer.headers["cache-control"] == "no-store") == (answer.is_error or path.startswith("/api"))


def test_content_gets_a_page_of_its_own_with_scripts_and_nothing_else(server: ServerProcess) -> None:
    page = server.get("/desktop/content?print")
    assert page.status_code == 200
    assert all(name in page.headers for name in POLICY)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy == {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": "'unsafe-inline' 'unsafe-eval'",
        "style-src": "'unsafe-inline'",
        **dict.fromkeys(("img-src", "media-src"), "data: blob:"),
        "font-src": "data:",
        **dict.fromkeys(("base-uri", "form-action"), "'none'"),
        "frame-ancestors": "'self'",
        "require-trusted-types-for": "'script'",
    }
    assert "sandbox" not in server.get("/").headers["content-security-policy"]
    assert server.get("/desktop/content", token=False).status_code == 401
    assert server.request("POST", "/desktop/content").status_code == 405


def test_the_library_for_diagrams_has_the_policy_of_the_ui(server: ServerProcess) -> None:
    library = server.get("/desktop/mermaid.js")
    assert library.status_code == 200
    assert library.headers["content-type"].startswith("text/javascript")
    assert library.headers["content-security-policy"] == server.get("/").headers["content-security-policy"]
    assert 'globalThis["mermaid"]' in library.text
    assert server.get("/desktop/mermaid.js", token=False).status_code == 401


def test_a_picture_of_this_machine_is_not_fetched(server: ServerProcess) -> None:
    answer = server.request(
        "POST", "/api/desktop/picture", json={"address": f"http://127.0.0.1:{server.port}/favicon.svg"}
    )
    assert answer.status_code == 404
    assert "private network" in answer.json()["detail"]
    assert server.request("POST", "/api/desktop/picture", json={}).status_code == 404
    assert server.request("POST", "/api/desktop/picture", json=[]).status_code == 400
    assert server.get("/api/desktop/picture").status_code == 400
    assert server.request("POST", "/api/desktop/picture", token=False, json={}).status_code == 401


def test_an_attached_file_is_saved_in_the_agents_folder(server: ServerProcess) -> None:
    path = "/api/desktop/attachment?name=..%2Fa%20b.txt"
    answer = server.request("POST", path, content=b"text")
    assert answer.json() == {"line": "Attached: Attachments/_a b.txt"}
    assert (server.workspace / "Attachments" / "_a b.txt").read_bytes() == b"text"
    assert server.request("POST", "/api/desktop/attachment", content=b"text").status_code == 400
    assert server.get(path).status_code == 400
    assert server.request("POST", path, token=False, content=b"text").status_code == 401
    refused = server.request("POST", path, content=bytes(50_000_001))
    assert refused.status_code == 413
    assert refused.json()["detail"] == "../a b.txt is larger than 50 MB."


def test_a_file_that_is_attached_again_stays_when_its_first_chat_is_deleted(tmp_path: Path) -> None:
    for name in ("once.txt", "again.txt", "again.txt"):
        assert attach(tmp_path, name) == 200
    record.remove(tmp_path, tmp_path, ["once.txt", "again.txt"])
    assert [file.name for file in (tmp_path / "Attachments").iterdir()] == ["again.txt"]


def test_no_file_stays_if_the_page_reads_that_it_was_not_saved(tmp_path: Path) -> None:
    (tmp_path / record.FILE).mkdir()  # so that the record cannot be written
    assert attach(tmp_path, "a.txt") == 500
    assert list((tmp_path / "Attachments").iterdir()) == []


def attach(folder: Path, name: str) -> int:
    """Attach a file while the agent works in `folder`, which is the data folder, too. Return the status."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"text", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "query_string": f"name={name}".encode()}
    asyncio.run(asgi._save_attachment(folder, folder, scope, receive, send))
    return int(sent[0]["status"])


def test_the_agent_works_in_the_folder_that_is_chosen(start: Callable[..., ServerProcess], home: Path) -> None:
    server = start()
    server.wait_until_ready()
    path = "/api/desktop/work-folder"
    for folder, reason in (("", "exist"), (str(home), "keys"), ("/nonexistent", "exist")):
        refused = server.request("POST", path, json={"folder": folder})
        assert refused.status_code == 400
        assert reason in refused.json()["detail"]
    project = home / "Project"
    project.mkdir()
    assert server.request("POST", path, json={"folder": str(project)}).json() == {"folder": str(project)}
    server.request("POST", "/api/desktop/attachment?name=a.txt", content=b"text")
    assert (project / "Attachments" / "a.txt").read_bytes() == b"text"
    assert server.request("POST", path, token=False, json={"folder": str(project)}).status_code == 401


def test_what_other_programs_can_reach(server: ServerProcess) -> None:
    assert server.get("/api/desktop/interfaces").json() == {"port": server.port, "v1": False}
    assert server.get("/api/desktop/interfaces", token=False).status_code == 401


def test_the_ui_and_the_files_that_it_refers_to_are_served(server: ServerProcess) -> None:
    page = server.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    names = [part.split('"')[0] for part in page.text.split('"/')[1:]]
    assert names
    for name in names:
        file = server.get(f"/{name}")
        assert file.status_code == 200
        assert "text/html" not in file.headers["content-type"], name


def test_a_head_request_has_no_body(server: ServerProcess) -> None:
    head = server.request("HEAD", "/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 100


@pytest.mark.parametrize("path", ["/", "/api/health"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE"])
def test_page_and_health_can_only_be_read(server: ServerProcess, method: str, path: str) -> None:
    assert server.request(method, path).status_code == 405


def test_an_unknown_api_path_is_a_json_404(server: ServerProcess) -> None:
    answer = server.get("/api/nothing-of-the-kind")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize(
    "target",
    [
        "/" + "..%2f" * 10 + "etc/passwd",
        "/" + "../" * 10 + "etc/passwd",
        "/" + "%2e%2e/" * 10 + "etc/passwd",
        "/" + "..%5c" * 10 + "etc/passwd",
        "/" + "..\\" * 10 + "etc/passwd",
        "/" + "%252e%252e%252f" * 10 + "etc/passwd",
        "/assets/" + "..%2f" * 12 + "etc/passwd",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/etc/passwd%00.svg",
        "/docs/" + "..%2f" * 12 + "etc/passwd",
        "/openapi.json/" + "..%2f" * 12 + "etc/passwd",
    ],
)
def test_no_path_leaves_the_root(server: ServerProcess, target: str) -> None:
    status, answer = raw(server, target)
    assert status == 400
    assert b"root:" not in answer


@pytest.mark.parametrize("target", ["/docs/etc/passwd", "/etc/passwd", "/redoc/../../x".replace("..", "dot")])
def test_a_path_inside_the_root_reads_no_file_of_the_machine(server: ServerProcess, target: str) -> None:
    assert b"root:" not in raw(server, target)[1]


def test_an_absolute_target_cannot_smuggle_a_host(server: ServerProcess) -> None:
    status, _ = raw(server, f"http://evil.example:{server.port}/api/desktop/activity", host="evil.example")
    assert status == 421


def test_foreign_hosts_and_origins_are_refused(server: ServerProcess) -> None:
    assert server.get("/api/health", headers={"Host": "evil.example:5870"}).status_code == 421
    assert server.get("/", headers={"Origin": "http://evil.example"}).status_code == 403
    assert server.get("/", headers={"Origin": "http://127.0.0.1:5870"}).status_code == 200
    assert server.get("/", headers={"Host": "127.0.0.1:5870"}).status_code == 200


def test_other_apis_are_closed(server: ServerProcess) -> None:
    assert server.get("/v1/models").status_code == 404
    assert server.get("/api/webhooks/line/x").status_code == 404


def test_activity_counts_open_sockets(server: ServerProcess) -> None:
    assert server.get("/api/desktop/activity", token=False).status_code == 401
    assert server.get("/api/desktop/activity").json() == {"jobs": 0, "answers": 0, "streams": 0, "sockets": 0}
    token = server.sign_up()

    async def sockets_while_connected() -> Any:
        async with connect(server, f"/ws?token={token}"):
            return server.get("/api/desktop/activity").json()["sockets"]

    assert asyncio.run(sockets_while_connected()) == 1
    assert server.get("/api/desktop/activity").json()["sockets"] == 0


def connect(server: ServerProcess, path: str, *, token: bool = True, **headers: str) -> Any:
    ours = {"X-CachiBot-Token": server.token} if token else {}
    return websockets.connect(
        f"ws://127.0.0.1:{server.port}{path}", additional_headers={**ours, **headers}, proxy=None, open_timeout=20
    )


@pytest.mark.parametrize(
    ("status", "path", "options"),
    [
        (401, "/ws", {"token": False}),
        (403, "/ws", {"Origin": "http://evil.example"}),
        (421, "/ws", {"Host": "evil.example"}),
        (400, "/ws/..%2fx", {}),
        (404, "/v1/ws", {}),
    ],
)
def test_handshakes_are_refused_as_http(server: ServerProcess, status: int, path: str, options: dict[str, Any]) -> None:
    async def shake() -> int:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with connect(server, path, **{key: value for key, value in options.items() if key != "Host"}):
                pass
        response = refused.value.response
        assert all(name in response.headers for name in POLICY)
        return response.status_code

    if "Host" in options:
        upgrade = "Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        answered, _ = raw(server, path, host=options["Host"], more=f"Connection: Upgrade\r\n{upgrade}")
        assert answered == status
    else:
        assert asyncio.run(shake()) == status


def test_a_request_without_a_token_gets_no_information(server: ServerProcess) -> None:
    answer = server.get("/api/auth/setup-required", token=False)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "This server belongs to the CachiBot app."}


def test_no_log_contains_tokens_or_passwords(server: ServerProcess) -> None:
    everything = server.stderr + "".join(file.read_text() for file in (server.data / "logs").iterdir())
    assert server.token not in everything
    assert "eyJ" not in everything
    assert "$2b$" not in everything
    assert "ab" * 32 not in everything
