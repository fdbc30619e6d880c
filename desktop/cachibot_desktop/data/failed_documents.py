"""Keeps why documents could not be processed, in a file of the data folder: the database has no place for it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ..files import read_small_file, write_atomically

FILE = "failed-documents.json"
MOST_DOCUMENTS = 500
"""The oldest beyond this number are forgotten; documents that were deleted count, too."""


class FailedDocuments:
    """The reasons by the ID of the document, as they are shown to the user."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE
        self._reasons = _read(self._file)

    def reason(self, document: str) -> str | None:
        """Return why this document failed; None if that is not known."""
        return self._reasons.get(document)

    def add(self, document: str, reason: str) -> None:
        """Keep the reason of a document that failed; until the server ends, if the file cannot be written."""
        self._reasons.pop(document, None)
        self._reasons[document] = reason
        for oldest in list(self._reasons)[:-MOST_DOCUMENTS]:
            del self._reasons[oldest]
        self._write()

    def remove(self, document: str) -> None:
        """Forget the reason of a document that is processed again."""
        if self._reasons.pop(document, None) is not None:
            self._write()

    def _write(self) -> None:
        # On a full disk, for instance, the document itself has failed for the same reason.
        with contextlib.suppress(OSError):
            write_atomically(self._file, json.dumps(self._reasons, indent=1) + "\n")


def _read(file: Path) -> dict[str, str]:
    try:
        reasons = json.loads(read_small_file(file))
    except (OSError, ValueError):
        return {}
    return {document: str(reason) for document, reason in reasons.items()} if isinstance(reasons, dict) else {}
