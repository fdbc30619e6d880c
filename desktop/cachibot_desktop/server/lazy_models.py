"""Leaves pydantic's schema of a model until the model is used.

cachibot and its libraries define a thousand models, and a start uses a few of them. pydantic's own option defers the
schema of the models that are defined while cachibot is imported; models that plug-ins define later are as in stock.
The option has no effect on a module that rebuilds a model itself when it is imported, as FastAPI's description of
OpenAPI does for models that refer to later ones: that is deferred here, too, for this module only. Another module may
delete a name after it has rebuilt a model that needs it.

A mistake in a model is reported at the model's first use, and by the self-test, which does not defer.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

REBUILT_AT_IMPORT = "fastapi.openapi.models"
"""Module that rebuilds models when it is imported, and whose models find the same names later."""

_lock = threading.RLock()


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Defer the schemas of the models that are defined in the context."""
    from pydantic import BaseModel

    _patch_rebuild(BaseModel)
    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


def _patch_rebuild(base: Any) -> None:
    """Let two threads that use a model for the first time build it one after the other, and defer needless rebuilds.

    pydantic's own code deletes a validator that another thread has built just now.
    """
    if getattr(base.model_rebuild, "is_patched", False):
        return
    original = base.model_rebuild.__func__

    def model_rebuild(cls: Any, /, *, _parent_namespace_depth: int = 2, **options: Any) -> bool | None:
        is_importing = "defer_build" in base.model_config
        if is_importing and not options and cls.__module__ == REBUILT_AT_IMPORT:
            return True  # as if it had been rebuilt
        with _lock:
            # This function is one more frame between pydantic and the code that uses the model.
            rebuilt: bool | None = original(cls, _parent_namespace_depth=_parent_namespace_depth + 1, **options)
            return rebuilt

    model_rebuild.is_patched = True  # type: ignore[attr-defined]
    base.model_rebuild = classmethod(model_rebuild)
