"""A document, a scheduled task or a list of models that fails says why.

Each of them fails in the background, and CachiBot keeps its reason for the log: a document gets a red cross, a list of
models is just empty, and a task has the raw text of an exception, which can be empty.

So the reason is put into words where the exception is at hand, and goes with the API's response, or with the frame, to
the page, which shows it (patches/page/background_errors.py). The reason of a document is kept across restarts in a file
of our own, because the database has no place for it.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ..data.failed_documents import FailedDocuments
from ..gateway import plain_reason as words
from ..gateway.chat_error_words import PROVIDERS
from ..launch_options import LaunchOptions
from .patch import Patch
from .silent_errors import _secrets

RETRY_SECONDS = 15.0
"""A list of models is kept for five minutes; after a failure only for this time."""

_providers: dict[str, str] = {}
"""Reasons by the provider whose models could not be listed."""
_asked: dict[str, float] = {}
"""When each provider was asked for its models, by the monotonic clock."""
_failures: ContextVar[list[BaseException] | None] = ContextVar("failures", default=None)


class UnreadableDocumentError(Exception):
    """The text of a file could not be extracted."""


class TaskFailedError(Exception):
    """The reason for which a task failed, in words."""


def apply(launch: LaunchOptions) -> None:
    """Wrap what fails, and the routes that say so."""
    import httpx
    from cachibot.models.websocket import WSMessage
    from cachibot.services.document_processor import DocumentProcessor
    from cachibot.services.job_runner import JobRunnerService
    from prompture.infra import discovery

    failed = FailedDocuments(launch.data)
    DocumentProcessor.extract_text = _reading(DocumentProcessor.extract_text)
    WSMessage.document_status = _with_reason(WSMessage.document_status, failed)
    JobRunnerService._run_agent_for_task = _failing_in_words(JobRunnerService._run_agent_for_task)
    JobRunnerService._handle_task_failure = _said_in_the_chat(JobRunnerService._handle_task_failure)
    discovery._get_driver_class = _listing(discovery._get_driver_class)
    httpx.Client.send = _noting(httpx.Client.send)  # type: ignore[method-assign]
    _wrap_route("list_documents", lambda documents: [_document(each, failed) for each in documents])
    _wrap_route("get_document", lambda document: _document(document, failed))
    _wrap_route("get_models", _models, before=_ask_again_after_a_failure)


def _reason(problem: BaseException, model: str) -> str:
    return words.plain_reason(problem, model=model, secrets=_secrets())


def _wrap_route(name: str, change: Callable[[Any], Any], before: Callable[[], None] | None = None) -> None:
    """Have `change` return the response's body. As a response of its own it is not cut to the fields of the model."""
    from cachibot.api.server import app
    from fastapi.responses import JSONResponse

    def wrapped(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(call)
        async def respond(*args: Any, **options: Any) -> Any:
            if before is not None:
                before()
            return JSONResponse(change(await call(*args, **options)))

        return respond

    for route in app.routes:
        # The endpoint, because reading `dependant` makes FastAPI analyse the route.
        if getattr(getattr(route, "endpoint", None), "__name__", "") == name:
            route.dependant.call = wrapped(route.dependant.call)


# --- Documents ---


def _reading(extract: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(extract)
    def read(*args: Any, **options: Any) -> str:
        try:
            return extract(*args, **options)
        except Exception as problem:
            raise UnreadableDocumentError(str(problem)) from problem

    return read


def _with_reason(status: Callable[..., Any], failed: FailedDocuments) -> Callable[..., Any]:
    @functools.wraps(status)
    def make(*args: Any, **options: Any) -> Any:
        frame = status(*args, **options)
        document, problem = frame.payload["documentId"], sys.exception()
        if problem is not None and frame.payload["status"] == "failed":
            frame.payload["error"] = _reason_of_document(problem)
            failed.add(document, frame.payload["error"])
        else:
            failed.remove(document)
        return frame

    return make


def _reason_of_document(problem: BaseException) -> str:
    from cachibot.services.vector_store import get_vector_store

    if isinstance(problem, UnreadableDocumentError):
        return f"{words.UNREADABLE_DOCUMENT}\n{problem}".strip()
    return _reason(problem, get_vector_store().model_name)


def _document(document: Any, failed: FailedDocuments) -> dict[str, Any]:
    error = None
    if document.status == "failed":
        error = failed.reason(document.id) or words.UNKNOWN_REASON
    elif document.status == "ready" and document.chunk_count == 0:
        error = words.NO_TEXT
    return {**document.model_dump(mode="json"), "error": error}


# --- Scheduled tasks ---


def _failing_in_words(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(run)
    async def run_task(self: Any, job: Any, task: Any) -> Any:
        from cachibot.config import Config
        from prompture.exceptions import BudgetExceededError

        try:
            return await run(self, job, task)
        except (BudgetExceededError, TimeoutError):
            raise  # CachiBot has words for these.
        except Exception as problem:
            raise TaskFailedError(_reason(problem, Config.load().agent.model)) from problem

    return run_task


def _said_in_the_chat(handle: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(handle)
    async def handle_failure(self: Any, task: Any, work: Any, job_id: str, error_msg: str) -> None:
        from cachibot.api.websocket import get_ws_manager
        from cachibot.models.websocket import WSMessage
        from cachibot.models.work import TaskStatus

        await handle(self, task, work, job_id, error_msg)
        current = await self._task_repo.get(task.id)
        chat = task.chat_id or work.chat_id
        if chat and current is not None and current.status == TaskStatus.FAILED:
            said = words.TASK_FAILED.format(title=work.title, reason=error_msg)
            frame = WSMessage.scheduled_notification(bot_id=task.bot_id, chat_id=chat, content=said)
            await get_ws_manager().broadcast(frame)

    return handle_failure


# --- Lists of models ---


def _listing(driver_class: Callable[[str], Any]) -> Callable[[str], Any]:
    @functools.wraps(driver_class)
    def find(provider: str) -> Any:
        found = driver_class(provider)
        return _Listed(provider, found) if hasattr(found, "list_models") else found

    return find


class _Listed:
    """Lists the models of a provider, and keeps the reason if that fails."""

    def __init__(self, provider: str, driver: Any) -> None:
        self._provider = provider
        self._driver = driver

    def list_models(self, **options: Any) -> list[str] | None:
        _note_failures_of_requests()
        noted: list[BaseException] = []
        token = _failures.set(noted)
        try:
            models: list[str] | None = self._driver.list_models(**options)
        finally:
            _failures.reset(token)
        _asked[self._provider] = time.monotonic()
        _providers.pop(self._provider, None)
        if models is None:
            who = PROVIDERS.get(self._provider, self._provider)
            no_list = words.NO_LIST.format(who=who[0].upper() + who[1:])
            _providers[self._provider] = _reason(noted[-1], f"{self._provider}/") if noted else no_list
        return models


@functools.cache
def _note_failures_of_requests() -> None:
    """Wrap requests when a list is read, which imports it anyway: a start does without it."""
    import requests

    requests.Session.send = _noting(requests.Session.send)  # type: ignore[method-assign]


def _noting(send: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the `send` of requests or httpx: drivers swallow what it raises, and responses that are errors."""

    @functools.wraps(send)
    def send_and_note(*args: Any, **options: Any) -> Any:
        noted = _failures.get()
        if noted is None:
            return send(*args, **options)
        try:
            response = send(*args, **options)
        except Exception as problem:
            noted.append(problem)
            raise
        try:
            response.raise_for_status()
        except Exception as problem:
            noted.append(problem)
        return response

    return send_and_note


def _ask_again_after_a_failure() -> None:
    from prompture.infra import clear_discovery_cache

    if any(time.monotonic() - _asked[name] > RETRY_SECONDS for name in _providers):
        clear_discovery_cache()


def _models(response: Any) -> dict[str, Any]:
    return {**response.model_dump(mode="json"), "problems": {name: _providers[name] for name in _configured()}}


def _configured() -> list[str]:
    """Return the providers with a reason whose key or address the user has set."""
    from cachibot.api.routes import providers

    variables = {name: info["env_key"] for name, info in providers.PROVIDERS.items()}
    return [name for name in sorted(_providers) if os.environ.get(variables.get(name, ""))]


PATCH = Patch(
    name="background errors",
    flaw="a document, a scheduled task or a list of models that fails does not say why",
    versions="0.3.0 with prompture 1.0.51",
    apply=apply,
)
