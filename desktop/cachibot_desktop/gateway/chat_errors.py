"""Classifies the exceptions with which an answer of a model fails.

It recognises exceptions of httpx, requests and the providers' packages by their names and attributes, so that it does
not have to import these packages.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from ..process.program_file import was_replaced
from .chat_card import Card, Failure, card
from .chat_error_words import LOCAL_PROVIDERS, Kind
from .retry_after import retry_time

_BY_STATUS: dict[int, Kind] = {
    401: "bad-key",
    402: "no-credit",
    403: "forbidden",
    404: "not-found",
    407: "proxy",
    408: "timeout",
    413: "too-long",
    429: "rate-limit",
    504: "timeout",
}
_NO_MODEL = ("Either model or driver must be provided", "Model string cannot be empty")
_NO_KEY = re.compile(r"(?i)api[ _]key not found|_API_KEY|api_key client option|resolve authentication method")
_BAD_KEY = re.compile(
    r"(?i)api key (not valid|expired)|API_KEY_INVALID|invalid api key|incorrect api key|invalid x-api-key"
)
_NO_CREDIT = re.compile(r"(?i)insufficient[_ ](quota|credits?|balance|funds)|credit balance is too low")
_TOO_LONG = re.compile(
    r"(?i)context[_ ](length|window|size)|maximum context|prompt is too long|too many tokens|reduce the length"
    r"|input token count.{0,40}exceeds"
)
_NO_TOOLS = re.compile(
    r"(?i)not support (tool|function)|support tool use|(tools?'?|tool (use|calling)`?|function calling) (is|are) not"
    r"|tool choice requires"
)
_REFUSED_CONTENT = re.compile(
    r"(?i)content[_ ](filter|policy|management policy)|safety (system|settings)|prompt was flagged|moderation"
    r"|PROHIBITED_CONTENT"
)
_OF_THE_DATABASE: list[tuple[re.Pattern[str], Kind]] = [
    (re.compile(r"database (table )?is locked"), "database-busy"),
    (re.compile(r"disk I/O error|readonly database|unable to open database file|malformed"), "database-fault"),
]
"""The texts of SQLite, other than that of a full disk."""
_FULL_DISK = "database or disk is full"
_BY_TEXT: list[tuple[re.Pattern[str], Kind]] = [
    (_NO_CREDIT, "no-credit"),
    (_BAD_KEY, "bad-key"),
    (_NO_TOOLS, "no-tools"),
    (_TOO_LONG, "too-long"),
    (_REFUSED_CONTENT, "content-refused"),
]
_OF_THE_REQUEST = (400, 403, 413, 422)
"""Statuses whose text decides: something is wrong with the request itself."""
_BY_NAME: dict[str, Kind] = {
    "AnswerTooLargeError": "too-large",
    "AnswerRefusedError": "content-refused",
    "AnswerIsWebPageError": "web-page",
    "BudgetExceededError": "budget",
    "ProxyError": "proxy",
}
BODY_CHARACTERS = 4096
"""Part of a response that is searched for the reason."""
_UNREADABLE = re.compile(r"(?i)unexpected response format|expecting value")
_TOO_MANY_ROUNDS = "ool execution loop exceeded"
_NOT_CONNECTED = "All connection attempts failed"
_DISCONNECTED = {"RemoteProtocolError", "ReadError", "WriteError", "ConnectionError", "ChunkedEncodingError"}
_UNREACHABLE = {
    getattr(errno, name, None)
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "WSAENETUNREACH", "WSAEHOSTUNREACH")
} - {None}
_UNREACHABLE_ON_WINDOWS, _TIMEOUT_ON_WINDOWS = {1231, 1232}, 121
"""Windows's numbers of failed connections, for which `errno` has no name, and Python no exception."""
_NOT_A_REASON = re.compile(r"\n?For more information check: \S+")


def explain(problem: BaseException, *, model: str = "", secrets: Iterable[str] = ()) -> Card:
    """Return the card for `problem`, without `secrets`."""
    return card(classify(problem, model=model), secrets)


def classify(problem: BaseException, *, model: str = "") -> Failure:
    """Classify `problem` by the exception and its chain of causes."""
    errors = list(_causes(problem))
    whole_text = "\n".join(map(str, errors))
    status = next((number for error in errors if (number := _status(error)) is not None), None)
    detail = next((text for error in errors if (text := _response_text(error))), "")
    address = next((found for error in errors if (found := _address(error))), "")
    bodies = "\n".join(_body(error)[:BODY_CHARACTERS] for error in errors)
    kind = _kind(errors, status, f"{whole_text}\n{detail}\n{bodies}")
    proxy = _proxy_for(address) if kind in ("refused", "proxy", "dns") else ""
    if kind == "bad-key" and not _sends_key(model):
        kind = "no-key"
    return Failure(
        # A name that a proxy would have looked up is the proxy's own.
        kind="proxy" if proxy else kind,
        model=model,
        address=address,
        status=status,
        detail=detail or _own_text(errors),
        retry_at=retry_time(errors, f"{whole_text}\n{bodies}") if kind == "rate-limit" else None,
        proxy=proxy,
    )


def _sends_key(model: str) -> bool:
    """Return whether a request to the model carries a key. Of the local providers only one can send a key."""
    provider = model.split("/")[0].lower()
    return provider not in LOCAL_PROVIDERS or (provider == "lmstudio" and bool(os.environ.get("LMSTUDIO_API_KEY")))


def _kind(errors: list[BaseException], status: int | None, text: str) -> Kind:
    if any(marker in text for marker in _NO_MODEL):
        return "no-model"
    names = _names(errors)
    by_name = next((kind for name, kind in _BY_NAME.items() if name in names), None)
    if by_name is not None:
        return by_name
    if _FULL_DISK in text or any(getattr(error, "errno", None) == errno.ENOSPC for error in errors):
        return "disk-full"
    if names & {"OperationalError", "DatabaseError"}:
        by_database = next((kind for pattern, kind in _OF_THE_DATABASE if pattern.search(text)), None)
        if by_database is not None:
            return by_database
    by_text = next((kind for pattern, kind in _BY_TEXT if pattern.search(text)), None)
    if by_text in ("no-credit", "bad-key") or (by_text is not None and status in _OF_THE_REQUEST):
        return by_text
    if by_text == "no-tools" and status is not None:
        return by_text
    if status is not None:
        return _BY_STATUS.get(status, "provider-fault" if status >= 500 else "rejected")
    if _NO_KEY.search(text):
        return "no-key"
    return _kind_of_connection(errors, text)


def _kind_of_connection(errors: list[BaseException], text: str) -> Kind:
    """Classify a failure without a response. Errors of the system come first: they are the most specific."""
    names = _names(errors)
    numbers = {error.errno for error in errors if isinstance(error, OSError)}
    windows = {getattr(error, "winerror", None) for error in errors}
    found: list[tuple[Kind, bool]] = [
        ("too-many-rounds", _TOO_MANY_ROUNDS in text),
        ("dns", any(isinstance(error, socket.gaierror) for error in errors)),
        ("tls", any(isinstance(error, ssl.SSLError) for error in errors) or "CERTIFICATE_VERIFY_FAILED" in text),
        ("refused", any(isinstance(error, ConnectionRefusedError) for error in errors)),
        ("no-network", bool(numbers & _UNREACHABLE or windows & _UNREACHABLE_ON_WINDOWS)),
        ("timeout", _TIMEOUT_ON_WINDOWS in windows),
        ("timeout", any(isinstance(error, TimeoutError) or "Timeout" in type(error).__name__ for error in errors)),
        ("disconnected", any(map(_is_cut_off, errors))),
        ("unreadable", "JSONDecodeError" in names or _UNREADABLE.search(text) is not None),
        ("disconnected", bool(names & _DISCONNECTED)),
        ("refused", _NOT_CONNECTED in text),
    ]
    kind: Kind = next((kind for kind, matches in found if matches), "other")
    return "updated" if kind == "other" and was_replaced() else kind


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its causes and contexts, and the members of exception groups, each once."""
    waiting: list[BaseException | None] = [problem]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop(0)
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        # httpcore hides the system's error with `from None`; it is still in `__context__`.
        waiting += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            waiting += error.exceptions


def _names(errors: Iterable[BaseException]) -> set[str]:
    return {kind.__name__ for error in errors for kind in type(error).__mro__}


def _status(error: BaseException) -> int | None:
    """Return the HTTP status from the attributes of httpx, requests, OpenAI, Anthropic, Groq and Google (`code`)."""
    response = getattr(error, "response", None)
    numbers = (
        getattr(response, "status_code", None),
        getattr(error, "status_code", None),
        getattr(error, "code", None),
    )
    return next((number for number in numbers if isinstance(number, int) and 400 <= number < 600), None)


def _address(error: BaseException) -> str:
    try:
        request: Any = getattr(error, "request", None)
    except RuntimeError:  # raised by httpx if the exception has no request
        return ""
    return _origin(str(getattr(request, "url", "")))


def _proxy_for(address: str) -> str:
    """Scheme, host and port of the proxy that the environment names for an address, without its password."""
    parts = urlsplit(address)
    if not parts.hostname or proxy_bypass_environment(parts.hostname):
        return ""
    proxies = getproxies_environment()
    return _origin(proxies.get(parts.scheme) or proxies.get("all") or "")


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, or nothing."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if not host:
        return ""
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def _is_cut_off(error: BaseException) -> bool:
    """True for JSON that ends in the middle."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    rest = error.doc[error.pos :].strip()
    return error.doc.lstrip()[:1] in ("{", "[") and (not rest or error.msg.startswith("Unterminated string"))


def _response_text(error: BaseException) -> str:
    """Return the message in the body of an HTTP error, JSON or plain text; empty for a web page."""
    body = _body(error)
    try:
        return _message(json.loads(body))
    except ValueError:
        return "" if body.lstrip().startswith("<") else body


def _body(error: BaseException) -> str:
    response: Any = getattr(error, "response", None)
    try:
        return str(response.text)
    except Exception:
        # There is no response, or its stream was not read.
        return ""


def _message(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return next((text for name in ("error", "message", "detail") if (text := _message(body.get(name)))), "")
    return ""


def _own_text(errors: list[BaseException]) -> str:
    """Return the text of the outermost error that has text; the type's name if no error has."""
    # SQLAlchemy adds the statement with the user's message, and a link.
    texts = [_NOT_A_REASON.sub("", str(error).split("\n[SQL: ")[0]).strip(": \n") for error in errors]
    return next((text for text in texts if text), type(errors[0]).__name__)
