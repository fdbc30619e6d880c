"""Classifies the exceptions with which an answer of a model fails.

It recognises exceptions of httpx, requests and the providers' packages by their names and attributes, so that it does
not have to import these packages.
"""

from __future__ import annotations

import errno
import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from .chat_error_words import Failure, Kind, to_markdown

_BY_STATUS: dict[int, Kind] = {
    401: "bad-key",
    402: "no-credit",
    403: "forbidden",
    404: "not-found",
    408: "timeout",
    429: "rate-limit",
    504: "timeout",
}
_NO_MODEL = ("Either model or driver must be provided", "Model string cannot be empty")
_NO_KEY = re.compile(r"(?i)api[ _]key not found|_API_KEY|api_key client option|resolve authentication method")
_BAD_KEY = re.compile(r"(?i)api key not valid|invalid api key|incorrect api key|invalid x-api-key")
_NO_CREDIT = re.compile(r"(?i)insufficient[_ ](quota|credits?|balance|funds)|credit balance is too low")
_UNREADABLE = re.compile(r"(?i)unexpected response format|expecting value")
_NOT_CONNECTED = "All connection attempts failed"
_DISCONNECTED = {"RemoteProtocolError", "ReadError", "WriteError", "ConnectionError", "ChunkedEncodingError"}
_UNREACHABLE = {
    getattr(errno, name, None)
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "WSAENETUNREACH", "WSAEHOSTUNREACH")
} - {None}
_NOT_A_REASON = re.compile(r"\n?For more information check: \S+")


def explain(problem: BaseException, *, model: str = "", secrets: Iterable[str] = ()) -> str:
    """Return the message for `problem` as Markdown, without `secrets`."""
    return to_markdown(classify(problem, model=model), secrets)


def classify(problem: BaseException, *, model: str = "") -> Failure:
    """Classify `problem` by the exception and its chain of causes."""
    errors = list(_causes(problem))
    whole_text = "\n".join(map(str, errors))
    status = next((number for error in errors if (number := _status(error)) is not None), None)
    detail = next((text for error in errors if (text := _response_text(error))), "")
    return Failure(
        kind=_kind(errors, status, f"{whole_text}\n{detail}"),
        model=model,
        address=next((found for error in errors if (found := _address(error))), ""),
        status=status,
        detail=detail or _own_text(errors),
    )


def _kind(errors: list[BaseException], status: int | None, text: str) -> Kind:
    if any(marker in text for marker in _NO_MODEL):
        return "no-model"
    if _names(errors) & {"BudgetExceededError"}:
        return "budget"
    if _NO_CREDIT.search(text):
        return "no-credit"
    if _BAD_KEY.search(text):
        return "bad-key"
    if status is not None:
        return _BY_STATUS.get(status, "provider-fault" if status >= 500 else "rejected")
    if _NO_KEY.search(text):
        return "no-key"
    return _kind_of_connection(errors, text)


def _kind_of_connection(errors: list[BaseException], text: str) -> Kind:
    """Classify a failure without a response. Errors of the system come first: they are the most specific."""
    names = _names(errors)
    numbers = {error.errno for error in errors if isinstance(error, OSError)}
    found: list[tuple[Kind, bool]] = [
        ("dns", any(isinstance(error, socket.gaierror) for error in errors)),
        ("tls", any(isinstance(error, ssl.SSLError) for error in errors) or "CERTIFICATE_VERIFY_FAILED" in text),
        ("refused", any(isinstance(error, ConnectionRefusedError) for error in errors)),
        ("no-network", bool(numbers & _UNREACHABLE)),
        ("timeout", any(isinstance(error, TimeoutError) or "Timeout" in type(error).__name__ for error in errors)),
        ("unreadable", "JSONDecodeError" in names or _UNREADABLE.search(text) is not None),
        ("disconnected", bool(names & _DISCONNECTED)),
        ("refused", _NOT_CONNECTED in text),
    ]
    return next((kind for kind, matches in found if matches), "other")


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
    parts = urlsplit(str(getattr(request, "url", "")))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if not host:
        return ""
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def _response_text(error: BaseException) -> str:
    """Return the message in the body of an HTTP error, JSON or plain text; empty for a web page."""
    response: Any = getattr(error, "response", None)
    try:
        body = str(response.text)
    except Exception:
        # There is no response, or its stream was not read.
        return ""
    try:
        return _message(json.loads(body))
    except ValueError:
        return "" if body.lstrip().startswith("<") else body


def _message(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return next((text for name in ("error", "message", "detail") if (text := _message(body.get(name)))), "")
    return ""


def _own_text(errors: list[BaseException]) -> str:
    """Return the text of the outermost error that has text; the type's name if no error has."""
    texts = [_NOT_A_REASON.sub("", str(error)).strip(": \n") for error in errors]
    return next((text for text in texts if text), type(errors[0]).__name__)
