"""The message for each kind of exception with which an answer can fail."""

from __future__ import annotations

import json
import socket
import ssl

import httpx
import pytest

from cachibot_desktop.gateway.chat_error_words import Failure, escape_markdown, to_markdown
from cachibot_desktop.gateway.chat_errors import classify, explain

KEY = "unusual+key/of.a=provider"
SECRET = "sk-proj-" + "s" * 30


class BudgetExceededError(RuntimeError):
    """Has the name of prompture's exception."""


class JSONDecodeError(ValueError):
    """Has the name of the exceptions of the standard library, requests and others."""


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


TLS = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
TABLE: list[tuple[str, str, BaseException, str, str]] = [
    ("no model", "", ValueError("Either model or driver must be provided"), "no-model", "No model is set up yet."),
    ("no key", "moonshot/k2", ValueError("Moonshot API key not found. Set MOONSHOT_API_KEY env var."), "no-key",
     "There is no API key for Moonshot AI."),
    ("401", "openai/gpt", APIStatusError(401, "Incorrect API key provided"), "bad-key",
     "OpenAI rejected the API key (401)."),
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
    ("no network", "ollama/llama3", not_connected(OSError(101, "Network is unreachable")), "no-network",
     "CachiBot can't reach Ollama at `http://127.0.0.1:11434`."),
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
    ("budget", "openai/gpt", BudgetExceededError("cost"), "budget", "This bot's budget is used up."),
    ("else", "", RuntimeError("the frobnicator is jammed"), "other", "CachiBot couldn't answer."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "problem", "kind", "message"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_kind_has_its_message(model: str, problem: BaseException, kind: str, message: str) -> None:
    failure = classify(problem, model=model)
    assert failure.kind == kind
    text = to_markdown(failure)
    assert message in text.split("\n")[0]
    assert len(text.split("\n\n")[1]) > 20, "there is advice"
    assert "pass" not in text
    assert "hidden" not in text


def test_the_provider_text_is_shown_without_secrets_and_markup() -> None:
    text = explain(
        response(500, json.dumps({"error": {"message": f"<style>*{{}}</style> ``` {SECRET} and {KEY}\x1b"}})),
        secrets=[KEY],
    )
    assert text.endswith("\n````text\n<style>*{}</style> ``` sk-[hidden] and [hidden]\n````")
    assert SECRET not in explain(RuntimeError(f"bad {SECRET}"))
    assert "boom" not in explain(response(500, "<html>boom</html>")), "a web page is not shown"


def test_a_message_of_cachibot_is_escaped_and_redacted() -> None:
    assert escape_markdown("Unknown command: /a:<b>*_*") == r"Unknown command: /a:\<b\>\*\_\*"
    assert SECRET not in escape_markdown(f"no {SECRET}")
    assert len(escape_markdown("x" * 10_000)) < 1_000


def test_markup_in_a_model_name_has_no_effect() -> None:
    text = to_markdown(Failure(kind="not-found", model="<style>x/`\n\n<style>y"))
    assert text.split("\n")[0] == "**Stylex can't find the model `<style>y`.**"


def test_without_a_model_the_message_names_no_provider() -> None:
    assert to_markdown(Failure(kind="bad-key")).startswith("**The model's provider rejected the API key.**")
