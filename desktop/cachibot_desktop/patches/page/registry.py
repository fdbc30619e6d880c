"""The list of patches of the page, in the order in which they are applied."""

from __future__ import annotations

from . import error_card, message_boundary, message_refs, no_model
from .page_patch import PagePatch

PAGE_PATCHES: tuple[PagePatch, ...] = (
    message_refs.PATCH,
    message_boundary.PATCH,
    *error_card.PATCHES,
    *no_model.PATCHES,
)
