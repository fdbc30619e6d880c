"""The rules of the access policy, as tables."""

from __future__ import annotations

import pytest

from cachibot_desktop.gateway.access_policy import AccessPolicy, Request

TOKEN = "c0ffee" + "0" * 58


def policy(**options: bool) -> AccessPolicy:
    return AccessPolicy(token=TOKEN, port=6001, **{"open_v1": False, "open_webhooks": False, **options})


def status(
    path: str = "/api/bots", with_policy: AccessPolicy | None = None, repeated: str = "", **headers: str | None
) -> int | None:
    sent = {"host": "127.0.0.1:6001", "x-cachibot-token": TOKEN}
    for name, value in headers.items():
        key = name.replace("_", "-")
        if value is None:
            del sent[key]
        else:
            sent[key] = value
    refusal = (with_policy or policy()).check(Request(path, sent, frozenset({repeated} - {""})))
    return None if refusal is None else refusal.status


def test_requests_of_the_app_are_accepted() -> None:
    assert status() is None
    assert status("/ws") is None
    assert status("/") is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:5870",
        "127.0.0.1:6001",
        "127.0.0.1:1",
        "localhost",
        "localhost:5870",
        "LOCALHOST",
        "[::1]:80",
    ],
)
def test_loopback_hosts_are_accepted_with_any_port(host: str) -> None:
    assert status(host=host) is None


def test_a_page_cannot_report_on_the_machine() -> None:
    assert status("/api/desktop/machine") is None
    assert status("/api/desktop/machine", sec_fetch_mode="cors") is None  # Node's fetch
    assert status("/api/desktop/machine", origin="http://127.0.0.1:5870") == 403
    assert status("/api/desktop/machine", sec_fetch_site="same-origin") == 403
    assert status("/api/desktop/activity", sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:5870@evil.example", "192.168.1.2:5870", "0.0.0.0", "", None,
     "localhost.", "127.0.0.1:", "127.0.0.1:123456", "evil\n127.0.0.1", "[::1]evil"],
)  # fmt: skip
def test_any_other_host_is_misdirected(host: str | None) -> None:
    assert status(host=host) == 421
    assert status("/api/health", host=host) == 421


@pytest.mark.parametrize(
    "origin",
    ["http://127.0.0.1:5870", "http://127.0.0.1:6001", "http://localhost:5870", "http://localhost:6001", None],
)
def test_the_pages_own_origin_is_accepted(origin: str | None) -> None:
    assert (status(origin=origin) if origin else status()) is None


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://127.0.0.1:5870", "http://127.0.0.1:5871", "http://evil.example", "http://127.0.0.1:58700",
     "file://", "http://127.0.0.1:5870.evil.example", "HTTP://127.0.0.1:5870"],
)  # fmt: skip
def test_other_origins_are_refused(origin: str) -> None:
    assert status(origin=origin) == 403
    assert status("/api/health", origin=origin) == 403
    assert status("/ws", origin=origin) == 403


@pytest.mark.parametrize("token", [None, "", TOKEN[:-1], TOKEN.upper(), TOKEN + "0", "0" * 64, "ä"])
@pytest.mark.parametrize(
    "path", ["/", "/assets/a.js", "/api/bots", "/ws", "/ws/voice", "/api/desktop/activity", "/api/healthy"]
)
def test_without_the_token_requests_are_refused(path: str, token: str | None) -> None:
    assert status(path, x_cachibot_token=token) == 401


def test_health_needs_no_token() -> None:
    assert status("/api/health", x_cachibot_token=None) is None


@pytest.mark.parametrize("name", ["host", "x-cachibot-token"])
def test_a_header_sent_twice_is_not_accepted(name: str) -> None:
    assert status(repeated=name) in (401, 421)


def test_an_origin_sent_twice_is_refused() -> None:
    assert status(origin="http://127.0.0.1:5870", repeated="origin") == 403


@pytest.mark.parametrize(
    "path",
    ["/../etc/passwd", "/assets/../../x", "/..", "/a/..", "/..\\..\\x", "/C:\\Windows", "/a\0b", "/a\nb",
     "//etc/passwd", "/a//b", "/%2e%2e/x", "/%2E%2E%2fx", "/..%2fx", "/..%5cx", "/x%00", "/%252e%252e/x",
     "/api/../v1/models"],
)  # fmt: skip
def test_paths_that_leave_the_root_are_refused_before_the_token_is_checked(path: str) -> None:
    assert status(path) == 400
    assert status(path, x_cachibot_token=None) == 400


@pytest.mark.parametrize("path", ["/...", "/a..b", "/.hidden", "/a%b", "/100%", "/ü", "/a b", "/api/bots/a:b/x.y"])
def test_unusual_but_harmless_paths_are_accepted(path: str) -> None:
    assert status(path) is None


@pytest.mark.parametrize("path", ["/v1", "/v1/models", "/api/webhooks", "/api/webhooks/line/x"])
def test_closed_apis_are_refused_even_with_the_token(path: str) -> None:
    assert status(path) == 404
    assert status(path, x_cachibot_token=None) == 401


def test_an_open_api_does_not_need_our_token() -> None:
    opened = policy(open_v1=True)
    assert status("/v1/models", opened, x_cachibot_token=None) is None
    assert status("/api/webhooks/line/x", opened, x_cachibot_token=None) == 401
    assert status("/v1/models", opened, host="evil.example") == 421
    assert status("/v1/models", opened, origin="http://evil.example") == 403
    assert status("/v1x", opened, x_cachibot_token=None) == 401
    assert status("/api/webhooks/line/x", policy(open_webhooks=True), x_cachibot_token=None) is None


def test_the_proof_is_the_hmac_of_the_contract() -> None:
    # printf %s 00112233445566778899aabbccddeeff | openssl dgst -sha256 -hmac c0ffee000...
    import hashlib
    import hmac

    challenge = "00112233445566778899aabbccddeeff"
    assert policy().proof(challenge) == hmac.new(TOKEN.encode(), challenge.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("challenge", [None, "", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 31 + "\n", "ä" * 32])
def test_a_malformed_challenge_is_not_answered(challenge: str | None) -> None:
    assert policy().proof(challenge) is None


@pytest.mark.parametrize("path", ["/api/health", "/v1/chat/completions", "/api/webhooks/1", "/ws"])
def test_no_websocket_is_open_without_the_token(path: str) -> None:
    everything_open = policy(open_v1=True, open_webhooks=True)
    for upgrade in ("websocket", "WebSocket", "h2c, websocket"):
        assert status(path, everything_open, x_cachibot_token="", upgrade=upgrade) == 401
        assert status(path, everything_open, upgrade=upgrade) is None
    assert status("/api/health", x_cachibot_token="", upgrade="h2c") is None
