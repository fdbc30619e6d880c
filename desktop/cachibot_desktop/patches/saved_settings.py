"""The model and keys chosen in the UI survive a restart, in a file of their own owner only.

The settings page writes to `.env` in the workspace. cachibot never reads that file back
when it is installed as a package, writes it with the rights of any file although it
holds API keys, and truncates it first: a full disk leaves nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..files import close_to_others, quarantine, write_atomically
from ..launch_options import Launch
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
"""Variables that the settings page can write. Nothing else is read: the agent can write to the
workspace too, and a name such as CACHIBOT_DATABASE_URL would move the user's data."""


def apply(launch: Launch) -> None:
    """Read the file, and write it safely from now on."""
    file = launch.workspace / ".env"
    # The last choice in the UI wins over the environment, as it did when it was made.
    os.environ.update(read(file))
    from cachibot.api import env_utils

    env_utils.write_env_file = _write


def read(file: Path) -> dict[str, str]:
    """Return the allowed settings of `file`; a damaged one is set aside, and stderr says so."""
    try:
        text = file.read_bytes().decode("utf-8")
        if "\0" in text:
            raise ValueError("null bytes")
    except FileNotFoundError:
        return {}
    except OSError as problem:
        print(f"The saved settings in {file} cannot be read: {problem.strerror}.", file=sys.stderr, flush=True)
        return {}
    except ValueError:
        aside = quarantine(file)
        print(f"The saved settings in {file} were damaged; they are now in {aside.name}.", file=sys.stderr, flush=True)
        return {}
    close_to_others(file)
    return dict(_settings(text))


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
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, content)


PATCH = Patch(
    name="saved settings",
    flaw="the chosen model and the API keys are forgotten at a restart, and world-readable",
    versions="0.2.60-0.3.0",
    apply=apply,
)
