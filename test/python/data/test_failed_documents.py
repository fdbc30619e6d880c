"""The reasons of documents that failed are kept in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_desktop.data import failed_documents
from cachibot_desktop.data.failed_documents import FILE, FailedDocuments
from systems import has_mode


def test_reasons_are_kept_until_the_document_is_processed_again(tmp_path: Path) -> None:
    failed = FailedDocuments(tmp_path)
    failed.add("one", "It is damaged.")
    failed.add("two", "There is no key.")
    failed.remove("two")
    failed.remove("three")
    again = FailedDocuments(tmp_path)
    assert (again.reason("one"), again.reason("two"), again.reason("three")) == ("It is damaged.", None, None)
    assert has_mode(tmp_path / FILE, 0o600)


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_documents, "MOST_DOCUMENTS", 2)
    failed = FailedDocuments(tmp_path)
    for document in ("one", "two", "one", "three"):
        failed.add(document, document)
    assert [failed.reason(document) for document in ("one", "two", "three")] == ["one", None, "three"]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"one": null}'])
def test_a_damaged_file_is_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    FailedDocuments(tmp_path).add("two", "It is damaged.")
    assert FailedDocuments(tmp_path).reason("two") == "It is damaged."


def test_without_a_file_they_are_kept_until_the_server_ends(tmp_path: Path) -> None:
    failed = FailedDocuments(tmp_path / "gone")
    failed.add("one", "The disk is full.")
    assert failed.reason("one") == "The disk is full."
