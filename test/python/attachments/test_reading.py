"""A model gets the text of attached files, or the picture itself."""

from __future__ import annotations

from pathlib import Path

from cachibot_desktop.attachments import reading
from cachibot_desktop.attachments.reading import as_text, prompt_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_text_follows_the_message_and_a_picture_is_passed_as_it_is(tmp_path: Path) -> None:
    files = [_file(tmp_path, "a.csv", b"x,y\n1,2"), _file(tmp_path, "b.png", PNG), _file(tmp_path, "c.zip", b"PK\0\1")]
    prompt = prompt_of("Sum?", files, lambda _: None)
    assert prompt.pictures == [PNG]
    assert prompt.text == (
        "Sum?\n\n--- Attachments/a.csv ---\nx,y\n1,2\n--- end of Attachments/a.csv ---"
        "\n\n[Attachments/c.zip in the workspace is not a text: 4 bytes]"
    )


def test_the_text_of_a_document_is_extracted_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    def extract(path: Path) -> str | None:
        if path.name == "damaged.pdf":
            raise RuntimeError("no objects found")
        return "from the document"

    files = [_file(tmp_path, "damaged.pdf", b"%PDF"), _file(tmp_path, "good.pdf", b"%PDF\0")]
    text = prompt_of("What?", files, extract).text
    assert "[Attachments/damaged.pdf cannot be read: no objects found]" in text
    assert "\nfrom the document\n" in text


def test_all_texts_together_have_a_limit(tmp_path: Path) -> None:
    most = reading.MOST_CHARACTERS
    files = [_file(tmp_path, name, letter * most) for name, letter in (("a", b"a"), ("b", b"b"))]
    prompt = prompt_of("", files, lambda _: None)
    assert prompt.text.count("a" * most) == 1
    assert "bb" not in prompt.text
    assert "cut off: the whole file is Attachments/b in the workspace" in prompt.text
    assert "whole file is Attachments/a " not in prompt.text


def test_a_large_picture_is_only_named(tmp_path: Path) -> None:
    large = _file(tmp_path, "a.png", PNG + bytes(reading.MOST_PICTURE_BYTES))
    prompt = prompt_of("", [large], lambda _: None)
    assert prompt.pictures == []
    assert "[Attachments/a.png in the workspace is not a text" in prompt.text


def test_text_is_told_from_bytes() -> None:
    assert as_text("Grüße\tü\r\n".encode()) == "Grüße\tü\r\n"
    assert as_text("Grüße".encode("utf-8-sig")) == "Grüße"
    assert as_text("Grüße".encode("utf-16")) == "Grüße"
    assert as_text("Grüße".encode("cp1252")) == "Grüße"
    assert as_text(b"") == ""
    assert as_text(b"\x7fELF\x02\x01\0") is None
    assert as_text(b"text\0") is None
