"""Keeps the model and keys chosen in the UI across restarts, in a file that only the owner can read.

The settings page writes to `.env` in the workspace. If cachibot is installed as a package,
it never reads that file. It writes the file with default rights although it contains API
keys, and truncates it first, so on a full disk the content is lost.

Some password managers make `.env` a pipe, and write to it when a program reads it. It is read at startup and never
replaced, so changes on the settings page last until the server exits.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..files import is_pipe, quarantine, read_pipe, restrict_to_owner, write_atomically
from ..launch_options import LaunchOptions
from .patch import Patch

NAMES = frozenset(
    {
        "CACHIBOT_DEFAULT_MODEL",
        "CACHIBOT_EMBEDDING_MODEL",
        "CACHIBOT_UTILITY_MODEL",
        "AZURE_API_ENDPOINT",
        "AZURE_API_KEY",
        "AZURE_CLAUDE_API_KEY",
        "AZURE_CLAUDE_ENDPOINT",
        "AZURE_DEPLOYMENT_ID",
        "AZURE_MISTRAL_API_KEY",
        "AZURE_MISTRAL_ENDPOINT",
        "CACHIBOT_API_KEY",
        "CLAUDE_API_KEY",
        "ELEVENLABS_API_KEY",
        "GOOGLE_API_KEY",
        "GROK_API_KEY",
        "GROQ_API_KEY",
        "LMSTUDIO_API_KEY",
        "LMSTUDIO_ENDPOINT",
        "LOCAL_HTTP_ENDPOINT",
        "MODELSCOPE_API_KEY",
        "MOONSHOT_API_KEY",
        "OLLAMA_ENDPOINT",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "STABILITY_API_KEY",
        "ZHIPU_API_KEY",
    }
)
"""Variables that the settings page, or the choice of a model, can write. No others are read: the agent can also write
to the workspace, and a variable such as CACHIBOT_DATABASE_URL would move the user's data."""


def apply(launch: LaunchOptions) -> None:
    """Read the file into the environment, and make cachibot write it atomically, and not wait for a pipe."""
    file = launch.workspace / ".env"
    # A choice in the UI overrides the environment, as it did when the user made it.
    os.environ.update(read(file))
    from cachibot.api import env, env_utils
    from cachibot.api.routes import providers

    original = env_utils.read_env_file
    env_utils.read_env_file = lambda: "" if is_pipe(env.get_env_path()) else original()
    providers._read_env_file = env_utils.read_env_file
    env_utils.write_env_file = _write


def read(file: Path) -> dict[str, str]:
    """Return the settings in `file` that are in `NAMES`. Quarantine a damaged file, with a message on stderr."""
    if is_pipe(file):
        return _read_pipe(file)
    try:
        text = file.read_bytes().decode("utf-8")
        if "\0" in text:
            raise ValueError("null bytes")
    except FileNotFoundError:
        return {}
    except OSError as problem:
        print(f"The saved settings in {file} can't be read: {problem.strerror}.", file=sys.stderr, flush=True)
        return {}
    except ValueError:
        name = quarantine(file).name
        print(f"The saved settings in {file} were damaged and are now in {name}.", file=sys.stderr, flush=True)
        return {}
    restrict_to_owner(file)
    return dict(_settings(text))


def _read_pipe(pipe: Path) -> dict[str, str]:
    try:
        content = read_pipe(pipe)
        reason = "" if content else "no program writes to it"
        settings = dict(_settings(content.decode("utf-8")))
    except (OSError, ValueError) as problem:
        reason, settings = str(problem), {}
    if reason:
        print(f"{pipe}: It is a pipe. It was ignored: {reason}.", file=sys.stderr, flush=True)
    return settings


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if equals and name in NAMES and value:
            yield name, value


def _write(content: str) -> None:
    from cachibot.api.env import get_env_path

    file = get_env_path()
    if is_pipe(file):
        print(f"{file}: It is a pipe. A setting was changed until the server exits.", file=sys.stderr, flush=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, content)


PATCH = Patch(
    name="saved settings",
    flaw="a restart loses the chosen model and the API keys, and every user can read the keys",
    versions="0.2.60-0.3.0",
    apply=apply,
)
