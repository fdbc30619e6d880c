"""The result of a tool reaches the models of Ollama, Anthropic and Google.

prompture keeps the history of a conversation in OpenAI's format, and its drivers send it as it is. After the first call
of a tool Ollama rejects it because the arguments are a string, Anthropic because it has no role `tool`, and Google's
own package because a text is not a part of a message: the tool has run, and the answer is an error.

So each of these drivers gets the history in its provider's format. Google's newer models also want the signature of
their thoughts with each first call of a tool, which prompture drops; Google documents a value that stands for it.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch

Message = dict[str, Any]

UNKNOWN_SIGNATURE = base64.urlsafe_b64decode("skip_thought_signature_validator")
"""Google's package encodes it again."""
_WITHOUT_SIGNATURES = re.compile(r"gemini-(1|2)\b")


def apply(_launch: LaunchOptions) -> None:
    """Translate what the drivers are given."""
    from prompture.drivers.async_azure_driver import AsyncAzureDriver
    from prompture.drivers.async_claude_driver import AsyncClaudeDriver
    from prompture.drivers.async_google_driver import AsyncGoogleDriver
    from prompture.drivers.async_ollama_driver import AsyncOllamaDriver

    for driver, name, translate in (
        (AsyncOllamaDriver, "generate_messages_with_tools", for_ollama),
        (AsyncClaudeDriver, "generate_messages_with_tools", for_anthropic),
        (AsyncAzureDriver, "_generate_claude_with_tools", for_anthropic),
        (AsyncGoogleDriver, "generate_messages_with_tools", for_google),
    ):
        setattr(driver, name, _translated(getattr(driver, name), translate))


def _translated(
    generate: Callable[..., Awaitable[Any]], translate: Callable[[list[Message], str], list[Message]]
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(generate)
    async def generate_from(self: Any, messages: list[Message], *args: Any, **options: Any) -> Any:
        return await generate(self, translate(messages, str(self.model)), *args, **options)

    return generate_from


def for_ollama(messages: list[Message], _model: str) -> list[Message]:
    """Return messages whose calls have objects as arguments, and whose results have the tool's name."""
    names = _names(messages)

    def translated(message: Message) -> Message:
        if calls := message.get("tool_calls"):
            functions = [{"name": call["function"]["name"], "arguments": _arguments(call)} for call in calls]
            return {**message, "tool_calls": [{"function": function} for function in functions]}
        if message.get("role") == "tool":
            name = names.get(message.get("tool_call_id"), "")
            return {"role": "tool", "content": message["content"], "tool_name": name}
        return message

    return [translated(message) for message in messages]


def for_anthropic(messages: list[Message], _model: str) -> list[Message]:
    """Return messages with blocks of tools; all results of a round in one message of the user."""

    def translated(message: Message) -> Message:
        if message.get("role") == "tool":
            return {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}
        if calls := message.get("tool_calls"):
            text = [{"type": "text", "text": message["content"]}] if message.get("content") else []
            uses = [
                {"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": _arguments(call)}
                for call in calls
            ]
            return {"role": "assistant", "content": [*text, *uses]}
        return message

    return _with_joined_results(messages, translated)


def for_google(messages: list[Message], model: str) -> list[Message]:
    """Return messages whose content is a list of parts; all results of a round in one message of the user."""
    names = _names(messages)

    def translated(message: Message) -> Message:
        content = message.get("content")
        if message.get("role") == "tool":
            name = names.get(message.get("tool_call_id"), "")
            return {"function_response": {"name": name, "response": {"result": content}}}
        if calls := message.get("tool_calls"):
            uses: list[Message] = [
                {"function_call": {"name": call["function"]["name"], "args": _arguments(call)}} for call in calls
            ]
            if not _WITHOUT_SIGNATURES.match(model):
                uses[0]["thought_signature"] = UNKNOWN_SIGNATURE
            return {"role": "assistant", "content": [*([{"text": content}] if content else []), *uses]}
        if isinstance(content, str) and message.get("role") != "system":
            return {**message, "content": [{"text": content}]}
        return message

    return _with_joined_results(messages, translated)


def _with_joined_results(messages: list[Message], translated: Callable[[Message], Message]) -> list[Message]:
    """Translate each message; those with results of tools become the contents of one message."""
    joined: list[Message] = []
    for is_result, group in itertools.groupby(messages, lambda message: message.get("role") == "tool"):
        contents = [translated(message) for message in group]
        joined += [{"role": "user", "content": contents}] if is_result else contents
    return joined


def _names(messages: list[Message]) -> dict[Any, str]:
    return {call["id"]: call["function"]["name"] for message in messages for call in message.get("tool_calls") or []}


def _arguments(call: Message) -> Any:
    arguments = call["function"]["arguments"]
    return json.loads(arguments) if isinstance(arguments, str) else arguments


PATCH = Patch(
    name="tool rounds",
    flaw="with a model of Ollama, Anthropic or Google an answer fails as soon as the model has used a tool",
    versions="0.3.0 with prompture 1.0.51",
    apply=apply,
)
