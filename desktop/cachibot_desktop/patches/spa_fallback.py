"""Removes a path traversal: no request can read a file outside the UI.

For every unknown GET path cachibot joins the raw path to its folder of static files and
serves the file there: `/..%2f..%2f..` reads any file of the computer, without a login and
with any Host; so does `/C:/...` on Windows.

The gateway serves the UI's files from a list, and refuses such paths (static_files.py,
access_policy.py). Here cachibot's own handler is replaced, too, as a second protection.
"""

from __future__ import annotations

from typing import Any

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Answer every HTTP error of the application with plain JSON."""
    from cachibot.api.server import app
    from starlette.exceptions import HTTPException

    app.exception_handlers[HTTPException] = as_json


async def as_json(_request: Any, problem: Any) -> Any:
    """Return the error in the format of cachibot's API."""
    from fastapi.responses import JSONResponse

    return JSONResponse({"detail": problem.detail}, status_code=problem.status_code, headers=problem.headers)


PATCH = Patch(
    name="path traversal",
    flaw="any program that can connect to the port can read any file of the computer",
    versions="0.2.60-0.3.0",
    apply=apply,
)
