"""Finds out why an answer of a model failed.

Exceptions of httpx, requests and the providers' own packages are told apart by their names and attributes, so that none
of these packages is imported here.
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

from .chat_error_words import Failure, Kind, words

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
_BROKEN_OFF = {"RemoteProtocolError", "ReadError", "WriteError", "ConnectionError", "ChunkedEncodingError"}
_UNREACHABLE = {
    getattr(errno, name, None)
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "WSAENETUNREACH", "WSAEHOSTUNREACH")
} - {None}
_NOT_A_REASON = re.compile(r"\n?For more information check: \S+")


def explain(problem: BaseException, *, model: str = "", secrets: Iterable[str] = ()) -> str:
    """Return the words for `problem`, without `secrets`."""
    return words(classify(problem, model=model), secrets)


def classify(problem: BaseException, *, model: str = "") -> Failure:
    """Find out what kind of failure `problem` is, from the exception and from everything that caused it."""
    errors = list(_causes(problem))
    whole_text = "\n".join(map(str, errors))
    status = next((number for error in errors if (number := _status(error)) is not None), None)
    detail = next((said for error in errors if (said := _response_text(error))), "")
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
    """Tell failures without a response apart, from the system's own error outwards."""
    names = _names(errors)
    numbers = {error.errno for error in errors if isinstance(error, OSError)}
    found: list[tuple[Kind, bool]] = [
        ("dns", any(isinstance(error, socket.gaierror) for error in errors)),
        ("tls", any(isinstance(error, ssl.SSLError) for error in errors) or "CERTIFICATE_VERIFY_FAILED" in text),
        ("refused", any(isinstance(error, ConnectionRefusedError) for error in errors)),
        ("no-network", bool(numbers & _UNREACHABLE)),
        ("timeout", any(isinstance(error, TimeoutError) or "Timeout" in type(error).__name__ for error in errors)),
        ("unreadable", "JSONDecodeError" in names or _UNREADABLE.search(text) is not None),
        ("broken-off", bool(names & _BROKEN_OFF)),
        ("refused", _NOT_CONNECTED in text),
    ]
    return next((kind for kind, is_so in found if is_so), "other")


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield the exception, what caused it, and the members of groups, each once."""
    waiting: list[BaseException | None] = [problem]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop(0)
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        # httpcore hides the system's own error with `from None`; it is still the context.
        waiting += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            waiting += error.exceptions


def _names(errors: Iterable[BaseException]) -> set[str]:
    return {kind.__name__ for error in errors for kind in type(error).__mro__}


def _status(error: BaseException) -> int | None:
    """HTTP status, where httpx, requests, OpenAI, Anthropic, Groq (`status_code`) and Google (`code`) keep it."""
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
    except RuntimeError:  # httpx, for an exception without a request
        return ""
    parts = urlsplit(str(getattr(request, "url", "")))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if not host:
        return ""
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def _response_text(error: BaseException) -> str:
    """The reason in the body of an HTTP error: the message of its JSON, or plain text. Nothing for a web page."""
    response: Any = getattr(error, "response", None)
    try:
        body = str(response.text)
    except Exception:
        # No response, or a stream that was not read.
        return ""
    try:
        return _message(json.loads(body))
    except ValueError:
        return "" if body.lstrip().startswith("<") else body


def _message(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return next((said for name in ("error", "message", "detail") if (said := _message(body.get(name)))), "")
    return ""


def _own_text(errors: list[BaseException]) -> str:
    """The text of the outermost error that has one; the name of its kind where none has."""
    texts = [_NOT_A_REASON.sub("", str(error)).strip(": \n") for error in errors]
    return next((said for said in texts if said), type(errors[0]).__name__)
