"""No request reads a file that is not the UI's.

For every unknown GET path cachibot joins the raw path to its folder of static files and
serves what is there: `/..%2f..%2f..` reaches any file of the machine, without a login,
for any Host; on Windows `/C:/...` does too.

The gateway serves the UI from a list and turns such paths away (static_files.py, access_policy.py). Here
cachibot's own handler goes as well, so that nothing depends on the gateway alone.
"""

from __future__ import annotations

from typing import Any

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Answer every HTTP error of the application with plain JSON."""
    from cachibot.api.server import app
    from starlette.exceptions import HTTPException

    app.exception_handlers[HTTPException] = as_json


async def as_json(_request: Any, problem: Any) -> Any:
    """Return the error as cachibot's API words it."""
    from fastapi.responses import JSONResponse

    return JSONResponse({"detail": problem.detail}, status_code=problem.status_code, headers=problem.headers)


PATCH = Patch(
    name="path traversal",
    flaw="any file of the machine is served to anybody who can reach the port",
    versions="0.2.60-0.3.0",
    apply=apply,
)
