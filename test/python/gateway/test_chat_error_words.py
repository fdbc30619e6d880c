"""The message for each kind of exception with which an answer can fail."""

from __future__ import annotations

import errno
import json
import socket
import ssl
import sys
import time
import zlib
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from cachibot_desktop.gateway.chat_card import Failure, card, markdown, notice, stopped
from cachibot_desktop.gateway.chat_errors import classify, explain
from cachibot_desktop.gateway.retry_after import retry_time
from cachibot_desktop.process import program_file

KEY = "unusual+key/of.a=provider"
SECRET = "sk-proj-" + "s" * 30


class BudgetExceededError(RuntimeError):
    """Has the name of prompture's exception."""


class JSONDecodeError(ValueError):
    """Has the name of the exceptions of the standard library, requests and others."""


class ProxyError(Exception):
    """Has the name of the exceptions of httpx and requests."""

    request = httpx.Request("POST", "https://api.openai.com/v1/chat/completions")


class OperationalError(Exception):
    """Has the name of the exceptions of sqlite3 and SQLAlchemy."""


class AnswerTooLargeError(Exception):
    """Has the name of an exception of patches/answer_checks.py, like the next two."""


class AnswerRefusedError(Exception):
    """A refusal of the provider."""


class AnswerIsWebPageError(Exception):
    """A web page."""


class APIConnectionError(Exception):
    """Like OpenAI's: a short text, and the request as an attribute."""

    request = httpx.Request("POST", "https://api.openai.com/v1/chat/completions")


class APIStatusError(Exception):
    """Like those of OpenAI, Anthropic and Groq: the status as `status_code`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"Error code: {status} - {text}")
        self.status_code = status


class ClientError(Exception):
    """Like Google's: the status as `code`."""

    code = 400


def caused(error: BaseException, *causes: BaseException) -> BaseException:
    """Link exceptions as `raise … from …` does."""
    for outer, inner in zip((error, *causes), causes, strict=False):
        outer.__cause__ = inner
    return error


def cut_off(body: str) -> BaseException:
    """Return the error of json for a body that ends too early, wrapped by prompture."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return caused(RuntimeError("Ollama chat request failed"), error)
    raise AssertionError(body)


def response(status: int, body: str = "") -> BaseException:
    """Return an error of httpx, wrapped by prompture."""
    request = httpx.Request("POST", "http://user:pass@192.168.1.7:11434/api/chat?key=hidden")
    error = httpx.HTTPStatusError(
        f"Client error '{status} ' for url 'x'\nFor more information check: https://example.org",
        request=request,
        response=httpx.Response(status, text=body, request=request),
    )
    return caused(RuntimeError(f"Ollama chat request failed: {error}"), error)


def not_connected(*reasons: OSError) -> BaseException:
    """Return a failed connection, nested as httpx, httpcore and anyio nest it."""
    request = httpx.Request("POST", "http://127.0.0.1:11434/api/chat")
    reason = reasons[0] if len(reasons) == 1 else ExceptionGroup("multiple connection attempts failed", reasons)
    message = "All connection attempts failed"
    return caused(
        RuntimeError(f"Ollama: {message}"), httpx.ConnectError(message, request=request), OSError(message), reason
    )


def of_windows(number: int) -> OSError:
    """Return an error of asyncio's connections on Windows, whose number has no counterpart in `errno`."""
    problem = OSError(errno.EINVAL, "The network location cannot be reached")
    problem.winerror = number  # type: ignore[attr-defined,unused-ignore]
    return problem


TLS = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
TABLE: list[tuple[str, str, BaseException, str, str]] = [
    ("no model", "", ValueError("Either model or driver must be provided"), "no-model", "No model is set up yet."),
    ("no key", "moonshot/k2", ValueError("Moonshot API key not found. Set MOONSHOT_API_KEY env var."), "no-key",
     "There is no API key for Moonshot AI."),
    ("401", "openai/gpt", APIStatusError(401, "Incorrect API key provided"), "bad-key",
     "OpenAI rejected the API key (401)."),
    ("a local server's 401", "lmstudio/x", response(401), "no-key",
     "LM Studio at `http://192.168.1.7:11434` asks for an API key (401)."),
    ("Google's 400", "google/gemini", ClientError("400 INVALID_ARGUMENT. API key not valid."), "bad-key",
     "Google rejected the API key (400)."),
    ("402", "openrouter/x", response(402), "no-credit", "Your OpenRouter account has no credit left (402)."),
    ("429 without quota", "openai/gpt", APIStatusError(429, "{'code': 'insufficient_quota'}"), "no-credit",
     "Your OpenAI account has no credit left (429)."),
    ("403", "groq/llama", response(403), "forbidden", "Groq refused access (403)."),
    ("404", "ollama/llama3", response(404, '{"error":"model \'llama3\' not found"}'), "not-found",
     "Ollama can't find the model `llama3` (404)."),
    ("429", "claude/opus", APIStatusError(429, "slow down"), "rate-limit",
     "Anthropic is limiting requests right now (429)."),
    ("500", "ollama/llama3", response(500), "provider-fault",
     "Ollama at `http://192.168.1.7:11434` reported an error (500)."),
    ("529", "claude/opus", APIStatusError(529, "overloaded"), "provider-fault", "Anthropic reported an error (529)."),
    ("400", "groq/llama", response(400, '{"error":{"message":"too long"}}'), "rejected",
     "Groq rejected the request (400)."),
    ("refused", "ollama/llama3", not_connected(ConnectionRefusedError(111, "refused")), "refused",
     "Ollama isn't running at `http://127.0.0.1:11434`."),
    ("refused twice", "lmstudio/x", not_connected(ConnectionRefusedError(), ConnectionRefusedError()), "refused",
     "LM Studio isn't running at `http://127.0.0.1:11434`."),
    ("refused, cloud", "openai/gpt", caused(APIConnectionError("Connection error."), ConnectionRefusedError()),
     "refused", "CachiBot can't connect to OpenAI at `https://api.openai.com`."),
    ("no network", "ollama/llama3", not_connected(OSError(errno.ENETUNREACH, "Network is unreachable")), "no-network",
     "CachiBot can't reach Ollama at `http://127.0.0.1:11434`."),
    ("no network on Windows", "ollama/llama3", not_connected(of_windows(1231)), "no-network",
     "CachiBot can't reach Ollama at `http://127.0.0.1:11434`."),
    ("time-out on Windows", "ollama/llama3", not_connected(of_windows(121)), "timeout",
     "Ollama at `http://127.0.0.1:11434` didn't respond in time."),
    ("DNS", "openai/gpt", caused(APIConnectionError("Connection error."), socket.gaierror(-2, "Name not known")), "dns",
     "CachiBot can't find OpenAI at `https://api.openai.com`."),
    ("TLS", "openai/gpt", caused(APIConnectionError("Connection error."), TLS), "tls",
     "The connection to OpenAI at `https://api.openai.com` isn't secure."),
    ("time-out", "claude/opus", caused(RuntimeError("request failed: "), httpx.ReadTimeout("")), "timeout",
     "Anthropic didn't respond in time."),
    ("504", "groq/llama", response(504), "timeout", "Groq at `http://192.168.1.7:11434` didn't respond in time (504)."),
    ("closed", "ollama/llama3", caused(RuntimeError("x"), httpx.RemoteProtocolError("peer closed")), "disconnected",
     "Ollama closed the connection before the answer was complete."),
    ("HTML", "ollama/llama3", caused(RuntimeError("x"), JSONDecodeError("Expecting value")), "unreadable",
     "Ollama sent something that isn't an answer."),
    ("half an answer", "ollama/llama3", cut_off('{"message": {"content": "half a fr'), "disconnected",
     "Ollama closed the connection before the answer was complete."),
    ("an empty body", "ollama/llama3", cut_off(""), "unreadable", "Ollama sent something that isn't an answer."),
    ("web page", "openai/gpt", caused(AnswerIsWebPageError(), AttributeError("choices")), "web-page",
     "OpenAI sent a web page instead of an answer."),
    ("too large", "ollama/llama3", caused(RuntimeError("x"), AnswerTooLargeError("More than 16 MB")), "too-large",
     "The answer of Ollama is too large."),
    ("refusal", "openai/gpt", AnswerRefusedError("content_filter"), "content-refused",
     "OpenAI refused to answer this."),
    ("Azure's refusal", "azure/gpt", response(400, '{"error":{"code":"content_filter","message":"no"}}'),
     "content-refused", "Azure OpenAI refused to answer this (400)."),
    ("too long for OpenAI", "openai/gpt", APIStatusError(400, "{'code': 'context_length_exceeded'}"), "too-long",
     "The conversation is too long for the model `gpt` (400)."),
    ("too long for Anthropic", "claude/opus", APIStatusError(400, "prompt is too long: 250000 tokens > 200000 maximum"),
     "too-long", "The conversation is too long for the model `opus` (400)."),
    ("too long for Google", "google/gemini", ClientError("The input token count (9) exceeds the maximum (8)"),
     "too-long", "The conversation is too long for the model `gemini` (400)."),
    ("Ollama without tools", "ollama/gemma3",
     response(400, '{"error":"registry.ollama.ai/library/gemma3:latest does not support tools"}'),
     "no-tools", "Ollama can't use tools with the model `gemma3` (400)."),
    ("OpenRouter without tools", "openrouter/a/b",
     response(404, '{"error":{"message":"No endpoints found that support tool use.","code":404}}'),
     "no-tools", "OpenRouter can't use tools with the model `a/b` (404)."),
    ("OpenAI without tools", "openai/o1-mini", APIStatusError(400, "'tools' is not supported with this model."),
     "no-tools", "OpenAI can't use tools with the model `o1-mini` (400)."),
    ("Groq without tools", "groq/x", APIStatusError(400, "`tool calling` is not supported with this model"),
     "no-tools", "Groq can't use tools with the model `x` (400)."),
    ("Google without tools", "google/gemma", ClientError("Function calling is not enabled for models/gemma"),
     "no-tools", "Google can't use tools with the model `gemma` (400)."),
    ("vLLM without tools", "openai/x", APIStatusError(400, '"auto" tool choice requires --enable-auto-tool-choice'),
     "no-tools", "OpenAI can't use tools with the model `x` (400)."),
    ("endless tools", "ollama/llama3", RuntimeError("Tool execution loop exceeded 20 rounds"), "too-many-rounds",
     "The bot used its tools too many times."),
    ("expired key of Google", "google/gemini",
     response(400, '{"error":{"code":400,"message":"API key expired. Please renew the API key."}}'), "bad-key",
     "Google rejected the API key (400)."),
    ("413", "groq/llama", response(413), "too-long", "The conversation is too long for the model `llama` (413)."),
    ("proxy", "openai/gpt", caused(RuntimeError("x"), ProxyError("403 Forbidden")), "proxy",
     "doesn't connect CachiBot to OpenAI at `https://api.openai.com`."),
    ("407", "openai/gpt", APIStatusError(407, "Proxy Authentication Required"), "proxy", "CachiBot to OpenAI."),
    ("locked", "ollama/llama3", OperationalError("(sqlite3.OperationalError) database is locked\n[SQL: INSERT]"),
     "database-busy", "CachiBot's database is busy."),
    ("read-only", "ollama/llama3", OperationalError("attempt to write a readonly database"), "database-fault",
     "CachiBot can't use its database."),
    ("disk error", "ollama/llama3", OperationalError("disk I/O error"), "database-fault",
     "CachiBot can't use its database."),
    ("full", "ollama/llama3", OperationalError("database or disk is full"), "disk-full",
     "The disk that holds your data is full."),
    ("no space", "", OSError(28, "No space left on device"), "disk-full", "The disk that holds your data is full."),
    ("budget", "openai/gpt", BudgetExceededError("cost"), "budget", "This bot's budget is used up."),
    ("else", "", RuntimeError("the frobnicator is jammed"), "other", "CachiBot couldn't answer."),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("model", "problem", "kind", "message"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_kind_has_its_message(model: str, problem: BaseException, kind: str, message: str) -> None:
    failure = classify(problem, model=model)
    assert failure.kind == kind
    shown = card(failure)
    assert message in shown["title"]
    assert len(shown["advice"]) > 20, "there is advice"
    text = markdown(shown)
    assert text.startswith(f"**{shown['title']}**\n\n{shown['advice']}")
    assert "user:" not in text
    assert "hidden" not in text


def test_a_model_that_is_not_installed_comes_with_its_command() -> None:
    assert "`ollama pull llama3:8b`" in card(Failure("not-found", model="ollama/llama3:8b"))["advice"]
    assert "ollama" not in card(Failure("not-found", model="lmstudio/llama3"))["advice"]


def test_a_refused_connection_through_a_proxy_is_the_proxys(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = caused(APIConnectionError("Connection error."), ConnectionRefusedError())
    monkeypatch.setenv("https_proxy", "http://ada:pass@proxy.example:3128")
    failure = classify(refused, model="openai/gpt")
    assert (failure.kind, failure.proxy) == ("proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "api.openai.com")
    assert classify(refused, model="openai/gpt").kind == "refused"


def test_after_an_update_a_failure_without_a_known_cause_asks_for_a_restart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, newer = tmp_path / "cachibot-server", tmp_path / "newer"
    program.write_text("old")
    newer.write_text("new")
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(program_file, "_at_start", program_file._identity())
    failed_import = zlib.error("Error -3 while decompressing data: incorrect header check")
    assert classify(failed_import).kind == "other"
    newer.replace(program)
    shown = explain(failed_import, model="openai/gpt")
    assert (shown["kind"], shown["title"]) == ("updated", "CachiBot was updated while it was running.")
    assert shown["advice"] == "Restart it, then send your message again."
    assert classify(response(401), model="openai/gpt").kind == "bad-key", "a known cause is named"
    program.unlink()
    assert classify(failed_import).kind == "updated"


class Limited(Exception):
    """Like those of the SDKs: the response as an attribute."""

    def __init__(self, **headers: str) -> None:
        self.response = httpx.Response(429, headers={name.replace("_", "-"): value for name, value in headers.items()})


NOW = time.time()
"""The clock of the test below, which may run long after its rows were made."""


def in_seconds(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


@pytest.mark.parametrize(
    ("error", "text", "seconds"),
    [
        (Limited(retry_after="20"), "", 20),
        (Limited(retry_after=format_datetime(in_seconds(45), usegmt=True)), "", 45),
        (Limited(x_ratelimit_reset_requests="1m30.5s"), "", 90),
        (Limited(anthropic_ratelimit_tokens_reset=in_seconds(60).isoformat()), "", 60),
        (Limited(x_ratelimit_reset=str(int((NOW + 120) * 1000))), "", 120),
        (Limited(), "Rate limit reached. Please try again in 7.66s. Visit", 8),
        (Limited(), "'retryDelay': '34s'", 34),
        (Limited(retry_after="soon"), "slow down", None),
        (Limited(retry_after="-5"), "", None),
    ],
)
def test_the_time_is_the_one_that_the_provider_names(
    monkeypatch: pytest.MonkeyPatch, error: Exception, text: str, seconds: int | None
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    found = retry_time([error], text)
    if seconds is None:
        assert found is None
    else:
        assert found is not None
        assert abs(found - NOW - seconds) < 3


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "Wait 1 second, until "), (90, "Wait 90 seconds, until "), (600, "Wait 10 minutes, until ")],
)
def test_a_wait_is_said_as_an_amount_and_a_time(seconds: int, said: str) -> None:
    advice = card(Failure("rate-limit", retry_at=time.time() + seconds))["advice"]
    assert advice.startswith(said)
    assert card(Failure("rate-limit"))["advice"].startswith("Wait a minute, then ")


def test_the_provider_text_is_shown_without_secrets_and_markup() -> None:
    shown = explain(
        response(500, json.dumps({"error": {"message": f"<style>*{{}}</style> ``` {SECRET} and {KEY}\x1b"}})),
        secrets=[KEY],
    )
    assert shown["detail"] == "<style>*{}</style> ``` sk-[hidden] and [hidden]"
    assert markdown(shown).endswith("\n````text\n<style>*{}</style> ``` sk-[hidden] and [hidden]\n````")
    assert SECRET not in explain(RuntimeError(f"bad {SECRET}"))["detail"]
    assert "boom" not in explain(response(500, "<html>boom</html>"))["detail"], "a web page is not shown"
    saved = explain(OperationalError("database is locked\n[SQL: INSERT INTO bot_messages]\n[parameters: ('hello',)]"))
    assert saved["detail"] == "database is locked", "without the statement and the message in it"


def test_a_message_of_cachibot_is_escaped_and_redacted() -> None:
    assert markdown(notice("Unknown command: /a:<b>*_*")) == r"Unknown command: /a:\<b\>\*\_\*"
    assert SECRET not in notice(f"no {SECRET}")["title"]
    assert len(notice("x" * 10_000)["title"]) < 1_000
    assert notice("no")["actions"] == []
    assert markdown(stopped()) == "**Stopped**"


def test_markup_in_a_model_name_has_no_effect() -> None:
    shown = card(Failure(kind="not-found", model="<style>x/`\n\n<style>{y}"))
    assert shown["title"] == "Stylex can't find the model `<style>{y}`."


def test_without_a_model_the_card_names_no_provider() -> None:
    assert card(Failure(kind="bad-key"))["title"] == "The model's provider rejected the API key."


def test_a_local_server_that_refuses_a_key_leads_to_the_page_that_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMSTUDIO_API_KEY", "sk-lm-wrong")
    sent, not_sent = explain(response(401), model="lmstudio/x"), explain(response(401), model="ollama/x")
    assert (sent["kind"], sent["title"]) == (
        "bad-key",
        "LM Studio at `http://192.168.1.7:11434` rejected the API key (401).",
    )
    assert (not_sent["kind"], not_sent["title"]) == (
        "no-key",
        "Ollama at `http://192.168.1.7:11434` asks for an API key (401).",
    )
    assert (sent["actions"][0], not_sent["actions"][0]) == ("server-key", "server-key")
