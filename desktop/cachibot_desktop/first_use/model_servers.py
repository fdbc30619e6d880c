"""Finds model servers on this machine, or at an address that the user types: Ollama and OpenAI-compatible ones.

The usual ports are asked with Python's own HTTP client, because the search starts before CachiBot and its packages are
imported, and because no proxy may stand between this machine and itself.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from . import words
from .addresses import is_loopback, parse

USUAL_SERVERS = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "llama.cpp",
    8000: "vLLM",
    1337: "Jan",
    4891: "GPT4All",
    5001: "KoboldCpp",
    5000: "text-generation-webui",
    8081: "llamafile",
    30000: "SGLang",
    12434: "Docker Model Runner",
    52415: "exo",
}
"""The programs that listen on these ports of loopback unless they are told otherwise."""

SEARCH_SECONDS = 1.5
TYPED_SECONDS = 5.0
MOST_BYTES = 4_000_000

_NOT_FOR_CHATS = re.compile(
    r"embed|bge-|minilm|rerank|whisper|(?:^|[/_-])(?:tts|asr|clip|e5|gte)(?:$|[-_])|stable-diffusion|flux\.",
    re.IGNORECASE,
)
_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vLLM", "sglang": "SGLang", "koboldcpp": "KoboldCpp"}
"""`owned_by` in a list of models names the program in these cases."""
_REFUSALS = (401, 403)


@dataclass(frozen=True)
class ModelServer:
    """A server that answered with its models."""

    name: str
    address: str
    provider: str
    """CachiBot's provider that talks to it: `ollama` or `lmstudio`."""
    models: tuple[str, ...]
    problem: str = ""
    """A sentence, if it has no model."""
    without_tools: tuple[str, ...] = ()
    """Models that refuse a message of an agent, because it offers tools."""
    wants_key: bool = False
    """It names its models only to those who have a key."""

    def as_json(self) -> dict[str, Any]:
        """Return what the page gets."""
        return asdict(self)


MOST_QUESTIONS = 10
"""About so many models an Ollama is asked in one search; about the others in the next ones."""

_uses_tools: dict[tuple[str, str], bool] = {}
"""By address and model. A model keeps its name when it is updated, but hardly changes in this."""


class NotFound(Exception):
    """There is no model server at an address; the text says why."""


def search() -> list[ModelServer]:
    """Ask the usual ports of loopback, all at once. Takes `SEARCH_SECONDS` at most, and a moment if all refuse."""
    with ThreadPoolExecutor(len(USUAL_SERVERS), thread_name_prefix="search") as threads:
        found = threads.map(_at_port, USUAL_SERVERS)
        return [server for server in found if server is not None]


def ask(text: str, key: str = "") -> ModelServer:
    """Return the server at the address that a user typed. Only a server that asks for a key gets `key`.

    Raises:
        NotFound: with the words for the user.
    """
    typed = parse(text)
    if typed is None:
        raise NotFound(words.NOT_AN_ADDRESS.format(text=text.strip()))
    if not re.fullmatch(r"[!-~]*", key := key.strip()):
        raise NotFound(words.BROKEN_KEY)
    with ThreadPoolExecutor(len(typed.bases), thread_name_prefix="ask") as threads:
        answers = list(threads.map(lambda base: _answer(base, key), typed.bases))
    servers = [answer for answer in answers if isinstance(answer, ModelServer)]
    if servers:
        return min(servers, key=lambda server: server.wants_key)
    problems = [str(answer) for answer in answers]
    # If a port was guessed, an answer that is not a model's says more than a refusal elsewhere.
    refused = {words.REFUSED.format(address=_shown(base)) for base in typed.bases}
    raise NotFound(next((problem for problem in problems if problem not in refused), problems[0]))


def _answer(base: str, key: str) -> ModelServer | NotFound:
    try:
        return _ask(base, TYPED_SECONDS, key)
    except NotFound as problem:
        return problem


def _at_port(port: int) -> ModelServer | None:
    for host in ("127.0.0.1", "[::1]"):
        try:
            return _ask(f"http://{host}:{port}", SEARCH_SECONDS, only_apis=True)
        except NotFound:
            continue
    return None


def _ask(base: str, seconds: float, key: str = "", *, only_apis: bool = False) -> ModelServer:
    """Ask a server for its models. With `only_apis` only an answer of JSON counts as a server that asks for a key."""
    status, body = _get(base, "/api/tags", seconds)
    # llama.cpp answers this route, too, with both lists, but not Ollama's others.
    if status == 200 and isinstance(body, dict) and isinstance(body.get("models"), list) and "data" not in body:
        models = _for_chats([entry.get("name") for entry in body["models"] if isinstance(entry, dict)])
        without_tools = _without_tools(base, models, seconds)
        models = tuple(sorted(models, key=without_tools.__contains__))
        return ModelServer("Ollama", base, "ollama", models, "" if models else words.NO_MODELS_OLLAMA, without_tools)
    status, body = _get(base, "/v1/models", seconds)
    if status in _REFUSALS and key:
        status, body = _get(base, "/v1/models", seconds, key=key)
    if status in _REFUSALS and (not only_apis or (status == 401 and isinstance(body, dict))):
        problem = (words.WRONG_KEY if key else words.WANTS_KEY).format(address=_shown(base))
        return ModelServer(_name(base, []), base, "lmstudio", (), problem, wants_key=True)
    entries = body.get("data") if isinstance(body, dict) and status == 200 else None
    if not isinstance(entries, list):
        raise NotFound(words.NOT_A_MODEL_SERVER.format(address=_shown(base)))
    entries = [entry for entry in entries if isinstance(entry, dict)]
    models = _for_chats([entry.get("id") for entry in entries])
    name = _name(base, entries)
    return ModelServer(name, base, "lmstudio", models, "" if models else words.NO_MODELS.format(server=name))


def _without_tools(base: str, models: tuple[str, ...], seconds: float) -> tuple[str, ...]:
    """Return the models of an Ollama that says so of them. Each model is asked about once."""
    for model in [model for model in models if (base, model) not in _uses_tools][:MOST_QUESTIONS]:
        try:
            status, body = _get(base, "/api/show", seconds, {"model": model})
        except NotFound:
            break
        capabilities = body.get("capabilities") if isinstance(body, dict) and status == 200 else None
        _uses_tools[base, model] = "tools" in capabilities if isinstance(capabilities, list) else True
    return tuple(model for model in models if not _uses_tools.get((base, model), True))


def _name(base: str, entries: list[dict[str, Any]]) -> str:
    for entry in entries:
        if (owner := str(entry.get("owned_by", "")).lower()) in _OWNERS:
            return _OWNERS[owner]
    parts = urlsplit(base)
    known = USUAL_SERVERS.get(parts.port or 0) if is_loopback(parts.hostname or "") else None
    return known or _shown(base)


def _for_chats(names: list[Any]) -> tuple[str, ...]:
    return tuple(name for name in names if isinstance(name, str) and name and not _NOT_FOR_CHATS.search(name))


def _shown(base: str) -> str:
    return base.removeprefix("http://")


def _get(
    base: str, path: str, seconds: float, question: dict[str, str] | None = None, *, key: str = ""
) -> tuple[int, Any]:
    """Return the status, and the body if it is JSON. A request with a question is a POST.

    Raises:
        NotFound: there is no HTTP server, with the reason.
    """
    parts = urlsplit(base)
    host = parts.hostname or ""
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    try:
        if is_loopback(host):
            return _get_direct(base, path, seconds, question, headers)
        return _get_through_proxy(base + path, seconds, question, headers)
    except socket.gaierror:
        raise NotFound(words.NO_HOST.format(host=host)) from None
    except ConnectionRefusedError:
        raise NotFound(words.REFUSED.format(address=_shown(base))) from None
    except TimeoutError:
        raise NotFound(words.TIMEOUT.format(address=_shown(base))) from None
    except ssl.SSLError:
        raise NotFound(words.NOT_SECURE.format(address=_shown(base))) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise NotFound(words.UNREACHABLE.format(address=_shown(base))) from None


def _get_direct(
    base: str, path: str, seconds: float, question: dict[str, str] | None, headers: dict[str, str]
) -> tuple[int, Any]:
    parts = urlsplit(base)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=seconds)
    try:
        method, body = ("GET", None) if question is None else ("POST", json.dumps(question))
        connection.request(method, parts.path + path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        return response.status, _json(response.read(MOST_BYTES))
    finally:
        connection.close()


def _get_through_proxy(
    url: str, seconds: float, question: dict[str, str] | None, headers: dict[str, str]
) -> tuple[int, Any]:
    """Ask as the providers' packages will: with the proxy and certificates of this process."""
    import httpx

    try:
        method = "GET" if question is None else "POST"
        response = httpx.request(method, url, json=question, timeout=seconds, headers=headers)
    except httpx.TimeoutException:
        raise TimeoutError from None
    except httpx.HTTPError as problem:
        raise _cause(problem) from None
    return response.status_code, _json(response.content)


def _cause(problem: BaseException) -> OSError:
    """Return the system's own error behind one of httpx."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, OSError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return OSError(str(problem))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
