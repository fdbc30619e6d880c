"""The log file holds no passwords, tokens or keys, and is its owner's alone.

cachibot sets the root logger to DEBUG and writes all of it to a world-readable file:
libraries then log SQL parameters (password hashes), HTTP headers and WebSocket requests
(tokens). Its masking knows five kinds of keys and does not see tracebacks.

Here the level is INFO, the finished text is masked, and the file is closed to others.
"""

from __future__ import annotations

import functools
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from ..files import close_to_others
from ..launch_options import Launch
from ..process.log_redaction import MaskingFormatter
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Tighten cachibot's logging each time it is set up."""
    from cachibot import logging_config

    original = logging_config.setup_logging

    @functools.wraps(original)
    def setup_logging() -> None:
        original()
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        for handler in root.handlers:
            if isinstance(handler, RotatingFileHandler):
                _tighten(handler, logging_config)

    logging_config.setup_logging = setup_logging


def _tighten(handler: RotatingFileHandler, logging_config: Any) -> None:
    handler.setFormatter(MaskingFormatter(logging_config._FORMAT, logging_config._DATE_FORMAT))
    file = Path(handler.baseFilename)
    for log in (file, *file.parent.glob(f"{file.name}.*")):
        close_to_others(log)


PATCH = Patch(
    name="leaky logs",
    flaw="the log holds password hashes and tokens, readable by every user of the machine",
    versions="0.2.60-0.3.0",
    apply=apply,
)
