"""A tool that needs the user's approval asks for it, and runs only if the user agrees.

Several flaws: tukuy turns the exception with which a tool asks into an error for the model, so the page's dialog never
opens. The function that opens it is a coroutine, which nobody awaits, and so it counts as agreement. An approved tool
asks again, and fails. After five minutes without an answer the tool runs. The dialog does not show the risk, which it
reads by another name, and shows other code than that which runs: a lone carriage return starts a line for Python but
not for the page, and invisible characters reverse a text.

Fix: the exception passes, the tool's thread waits for the user, and approved code runs once. An agent that cannot ask,
in a room, a scheduled task or on another platform, does not run such a tool. Code that is not Python is not asked
about: the model gets the error.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch
from .slow_models import replace_names
from .tool_threads import current

_approved: ContextVar[str | None] = ContextVar("approved", default=None)
"""The code that the user has approved, in the tool that runs in this context."""


def apply(_launch: LaunchOptions) -> None:
    """Let tools ask, have agents wait for the user, and let approved code run."""
    from cachibot.agent import CachibotAgent
    from cachibot.plugins import python_sandbox
    from prompture import ApprovalRequired
    from tukuy.analysis.risk_scoring import RiskLevel
    from tukuy.skill import Skill

    Skill.invoke = _asking(Skill.invoke, ApprovalRequired)  # type: ignore[method-assign]
    vars(python_sandbox)["analyze_python"] = _unless_approved(python_sandbox.analyze_python, RiskLevel.MEDIUM)
    CachibotAgent._handle_approval = _ask
    replace_names("cachibot.api.websocket", "asyncio", wait_for=_wait)


def _asking(invoke: Callable[..., Any], approval_required: type[Exception]) -> Callable[..., Any]:
    @functools.wraps(invoke)
    def invoke_or_ask(self: Any, *args: Any, **options: Any) -> Any:
        requests: list[Exception] = []

        @functools.wraps(self.fn)
        def run(*args: Any, **options: Any) -> Any:
            try:
                return self.fn(*args, **options)
            except approval_required as request:
                requests.append(request)
                raise

        result = invoke(replace(self, fn=run), *args, **options)
        if requests:
            raise requests[0]
        return result

    return invoke_or_ask


def _ask(agent: Any, tool: str, action: str, details: dict[str, Any]) -> bool:
    """Return whether the user agrees. prompture calls it on the tool's thread."""
    if agent.on_approval_needed is None:
        return False
    shown = {**details, "riskLevel": str(details.get("risk_level", "")).upper()}
    if isinstance(code := details.get("code"), str):
        shown["code"] = _visible(code)
    decision = agent.on_approval_needed(tool, action, shown)
    if inspect.iscoroutine(decision):
        decision = _await(decision)
    if decision is True:
        _approved.set(details.get("code"))
    return decision is True


def _visible(code: str) -> str:
    """Return code with escapes for characters that change what the user sees, such as those that reverse a text."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else character.encode("unicode_escape").decode()
        for character in code.replace("\r\n", "\n")
    )


def _await(decision: Coroutine[Any, Any, Any]) -> Any:
    run = current.get()
    if run is None:
        decision.close()
        return False
    return run.await_on_main(decision)


def _unless_approved(analyse: Callable[..., Any], allowed: Any) -> Callable[..., Any]:
    @functools.wraps(analyse)
    def analyse_unless_approved(code: str, **options: Any) -> Any:
        analysis = analyse(code, **options)
        is_approved = _approved.get() == code
        _approved.set(None)
        if is_approved or not analysis.syntax_valid:
            return replace(analysis, risk=replace(analysis.risk, level=allowed))
        return analysis

    return analyse_unless_approved


async def _wait(decided: Coroutine[Any, Any, Any], timeout: float | None = None) -> Any:  # noqa: ARG001 - as asyncio's
    """Wait without the limit, because the dialog stays open, too. Stop ends it."""
    return await decided


PATCH = Patch(
    name="approvals",
    flaw="a tool that needs the user's approval does not run, and the user is not asked",
    versions="0.3.0",
    apply=apply,
)
