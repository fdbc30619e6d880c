"""The list of patches of the page, in the order in which they are applied."""

from __future__ import annotations

from . import (
    answers,
    app_menu,
    background_errors,
    connection,
    content_frames,
    content_sanitizer,
    deletion,
    diagrams,
    drafts,
    error_card,
    filling,
    icon_names,
    log_in,
    lost_start,
    message_boundary,
    missing_model,
    own_password,
    plugin_views,
    room_answers,
    room_stop,
    saving,
    setup_route,
)
from .page_patch import PagePatch

PAGE_PATCHES: tuple[PagePatch, ...] = (
    message_boundary.PATCH,
    *content_sanitizer.PATCHES,
    *content_frames.PATCHES,
    *plugin_views.PATCHES,
    diagrams.PATCH,
    *icon_names.PATCHES,
    *error_card.PATCHES,
    setup_route.PATCH,
    *log_in.PATCHES,
    *connection.PATCHES,
    *missing_model.PATCHES,
    own_password.PATCH,
    lost_start.PATCH,
    *drafts.PATCHES,
    *answers.PATCHES,
    *background_errors.PATCHES,
    *room_stop.PATCHES,
    *room_answers.PATCHES,
    *deletion.PATCHES,
    filling.PATCH,
    saving.PATCH,
    *app_menu.PATCHES,
)
