"""The list of mends, in the order they are applied."""

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
from .patch import Mend

BEFORE_THE_APPLICATION: tuple[Mend, ...] = (
    stray_settings.MEND,  # first: the next ones import what looks for such files
    saved_settings.MEND,
    login_secret.MEND,
    host_lookup.MEND,
)
"""Needed before cachibot.api.server is imported, which makes the application."""

AFTER_THE_IMPORT: tuple[Mend, ...] = (
    leaky_logs.MEND,
    shared_connection.MEND,
    question_mark.MEND,
    missing_rows.MEND,
    silent_errors.MEND,
    slow_models.MEND,
    pid_guard.MEND,
    plugin_registry.MEND,
    model_rates.MEND,
    blocking_discovery.MEND,
    google_transport.MEND,
    package_cleanup.MEND,
    open_files.MEND,
    spa_fallback.MEND,
)
"""Needed before the application starts."""

ALL = BEFORE_THE_APPLICATION + AFTER_THE_IMPORT


def before_the_application(launch: Launch) -> None:
    """Apply the first part."""
    for mend in BEFORE_THE_APPLICATION:
        mend.apply(launch)


def after_the_import(launch: Launch) -> None:
    """Apply the rest."""
    for mend in AFTER_THE_IMPORT:
        mend.apply(launch)
