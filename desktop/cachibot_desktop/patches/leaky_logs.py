"""Keeps passwords, tokens and keys out of the log file, and restricts the file to its owner.

cachibot sets the root logger to DEBUG and writes everything to a world-readable file:
libraries then log SQL parameters (password hashes), HTTP headers and WebSocket requests
(tokens). Its own redaction recognises five kinds of keys, and does not apply to tracebacks.

Here the level is INFO, and the formatted text is redacted.
"""

from __future__ import annotations

import functools
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from ..files import restrict_to_owner
from ..launch_options import LaunchOptions
from ..process.log_redaction import RedactingFormatter
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Change cachibot's log handlers each time logging is set up."""
    from cachibot import logging_config

    original = logging_config.setup_logging

    @functools.wraps(original)
    def setup_logging() -> None:
        original()
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        for handler in root.handlers:
            if isinstance(handler, RotatingFileHandler):
                _redact_and_restrict(handler, logging_config)

    logging_config.setup_logging = setup_logging


def _redact_and_restrict(handler: RotatingFileHandler, logging_config: Any) -> None:
    handler.setFormatter(RedactingFormatter(logging_config._FORMAT, logging_config._DATE_FORMAT))
    file = Path(handler.baseFilename)
    for log in (file, *file.parent.glob(f"{file.name}.*")):
        restrict_to_owner(log)


PATCH = Patch(
    name="leaky logs",
    flaw="the log contains password hashes and tokens, and every user of the computer can read it",
    versions="0.2.60-0.3.0",
    apply=apply,
)
