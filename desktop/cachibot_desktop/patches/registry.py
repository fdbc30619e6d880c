"""The list of patches, in the order in which they are applied."""

from __future__ import annotations

from ..launch_options import LaunchOptions
from . import (
    answer_checks,
    approvals,
    attachments,
    background_errors,
    blocking_discovery,
    chat_login,
    google_transport,
    host_lookup,
    leaky_logs,
    live_answers,
    live_settings,
    local_times,
    login_secret,
    master_key,
    missing_rows,
    model_rates,
    models_without_tools,
    open_files,
    package_cleanup,
    pid_guard,
    plugin_registry,
    question_mark,
    reminders,
    room_answers,
    room_stop,
    saved_settings,
    shared_connection,
    silent_errors,
    slow_models,
    spa_fallback,
    stray_settings,
    table_check,
    terms_check,
    tool_rounds,
    tool_threads,
    try_again,
    utc_times,
    work_folder,
)
from .patch import Patch

BEFORE_IMPORT: tuple[Patch, ...] = (
    stray_settings.PATCH,  # first, because the next patches import code that reads such files
    saved_settings.PATCH,
    login_secret.PATCH,
    host_lookup.PATCH,
)
"""Patches that must be applied before cachibot.api.server is imported, which creates the application."""

AFTER_IMPORT: tuple[Patch, ...] = (
    leaky_logs.PATCH,
    shared_connection.PATCH,
    question_mark.PATCH,
    utc_times.PATCH,
    local_times.PATCH,
    missing_rows.PATCH,
    chat_login.PATCH,
    reminders.PATCH,
    silent_errors.PATCH,
    answer_checks.PATCH,
    tool_threads.PATCH,
    approvals.PATCH,
    try_again.PATCH,
    room_stop.PATCH,
    room_answers.PATCH,
    slow_models.PATCH,
    tool_rounds.PATCH,
    live_answers.PATCH,
    models_without_tools.PATCH,  # asks again, and the answer appears live, too
    attachments.PATCH,
    live_settings.PATCH,
    pid_guard.PATCH,
    plugin_registry.PATCH,
    terms_check.PATCH,
    table_check.PATCH,
    model_rates.PATCH,
    blocking_discovery.PATCH,
    background_errors.PATCH,  # wraps the routes of the one before
    google_transport.PATCH,
    package_cleanup.PATCH,
    open_files.PATCH,
    master_key.PATCH,
    work_folder.PATCH,
    spa_fallback.PATCH,
)
"""Patches that must be applied before the application starts."""

ALL = BEFORE_IMPORT + AFTER_IMPORT


def apply_before_import(launch: LaunchOptions) -> None:
    """Apply `BEFORE_IMPORT`."""
    for patch in BEFORE_IMPORT:
        patch.apply(launch)


def apply_after_import(launch: LaunchOptions) -> None:
    """Apply `AFTER_IMPORT`."""
    for patch in AFTER_IMPORT:
        patch.apply(launch)
