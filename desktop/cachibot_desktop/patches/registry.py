"""The list of patches, in the order they are applied."""

from __future__ import annotations

from ..launch_options import Launch
from . import (
    blocking_discovery,
    google_transport,
    host_lookup,
    leaky_logs,
    login_secret,
    missing_rows,
    model_rates,
    open_files,
    package_cleanup,
    pid_guard,
    plugin_registry,
    question_mark,
    saved_settings,
    shared_connection,
    silent_errors,
    slow_models,
    spa_fallback,
    stray_settings,
)
from .patch import Patch

BEFORE_THE_APPLICATION: tuple[Patch, ...] = (
    stray_settings.PATCH,  # first: the next ones import what looks for such files
    saved_settings.PATCH,
    login_secret.PATCH,
    host_lookup.PATCH,
)
"""Needed before cachibot.api.server is imported, which makes the application."""

AFTER_THE_IMPORT: tuple[Patch, ...] = (
    leaky_logs.PATCH,
    shared_connection.PATCH,
    question_mark.PATCH,
    missing_rows.PATCH,
    silent_errors.PATCH,
    slow_models.PATCH,
    pid_guard.PATCH,
    plugin_registry.PATCH,
    model_rates.PATCH,
    blocking_discovery.PATCH,
    google_transport.PATCH,
    package_cleanup.PATCH,
    open_files.PATCH,
    spa_fallback.PATCH,
)
"""Needed before the application starts."""

ALL = BEFORE_THE_APPLICATION + AFTER_THE_IMPORT


def before_the_application(launch: Launch) -> None:
    """Apply the first part."""
    for patch in BEFORE_THE_APPLICATION:
        patch.apply(launch)


def after_the_import(launch: Launch) -> None:
    """Apply the rest."""
    for patch in AFTER_THE_IMPORT:
        patch.apply(launch)
