"""Leaves FastAPI's analysis of a route until the route is used.

FastAPI analyses signature, dependencies and models of each endpoint where its router defines it, and again where the
router is included: twice for each of cachibot's 300 endpoints, a third of the start. Here a new route only keeps its
arguments. FastAPI's own code analyses it when an attribute is read that this code sets, as the first request does.

A mistake in an endpoint is reported at the route's first use, and by the self-test, which does not install this.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from enum import IntEnum
from typing import Any

_PENDING = "_arguments_of_the_analysis"
_PATH_ATTRIBUTES = frozenset({"path_regex", "path_format", "param_convertors"})

_lock = threading.RLock()


def install() -> None:
    """Make each new route of FastAPI lazy. A second call does nothing."""
    from fastapi.routing import APIRoute

    if "__getattr__" in vars(APIRoute):
        return
    original: Callable[..., None] = APIRoute.__init__
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(original).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }

    def init(route: Any, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        attributes = _attributes_of_arguments(endpoint, {**defaults, **options})
        if attributes is None:
            original(route, path, endpoint, **options)
            return
        vars(route).update(attributes, path=path, endpoint=endpoint)
        vars(route)[_PENDING] = options

    def complete(route: Any, name: str) -> Any:
        """Python calls it for missing attributes only."""
        with _lock:
            if _PENDING in vars(route) and not name.startswith("__"):
                if name in _PATH_ATTRIBUTES:
                    _compile_path(route)
                else:
                    options = vars(route).pop(_PENDING)
                    try:
                        original(route, route.path, route.endpoint, **options)
                    except BaseException:
                        vars(route)[_PENDING] = options
                        raise
            if name in vars(route):
                return vars(route)[name]
        raise AttributeError(f"{type(route).__name__!r} object has no attribute {name!r}", name=name, obj=route)

    APIRoute.__init__ = init
    APIRoute.__getattr__ = complete


def pending(app: Any) -> list[Any]:
    """Return the routes of an application that are not analysed yet."""
    return [route for route in app.routes if _PENDING in vars(route)]


def analyse(route: Any) -> None:
    """Analyse a route now.

    Raises:
        Exception: FastAPI refuses the endpoint.
    """
    _ = route.app


def _compile_path(route: Any) -> None:
    from starlette.routing import compile_path

    route.path_regex, route.path_format, route.param_convertors = compile_path(route.path)


def _attributes_of_arguments(endpoint: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any] | None:
    """Return the attributes that FastAPI sets without an analysis: `include_router` reads them, and nothing else.

    None if the endpoint streams, which FastAPI finds out from its annotation.
    """
    from fastapi._compat import lenient_issubclass
    from fastapi.datastructures import DefaultPlaceholder
    from fastapi.dependencies.utils import get_stream_item_type, get_typed_return_annotation
    from starlette.responses import Response
    from starlette.routing import get_name

    response_model, status_code = values["response_model"], values["status_code"]
    if isinstance(response_model, DefaultPlaceholder):
        annotation = get_typed_return_annotation(endpoint)
        if get_stream_item_type(annotation) is not None:
            return None
        response_model = None if lenient_issubclass(annotation, Response) else annotation
    description = values["description"] or inspect.cleandoc(endpoint.__doc__ or "")
    return values | {
        "response_model": response_model,
        "stream_item_type": None,
        "status_code": int(status_code) if isinstance(status_code, IntEnum) else status_code,
        "tags": values["tags"] or [],
        "responses": values["responses"] or {},
        "dependencies": list(values["dependencies"] or []),
        "name": get_name(endpoint) if values["name"] is None else values["name"],
        "methods": {method.upper() for method in (["GET"] if values["methods"] is None else values["methods"])},
        "description": description.split("\f")[0].strip(),
    }
