"""The format of a picture, by its first bytes."""

from __future__ import annotations

import pytest

from cachibot_desktop.pictures.picture_format import format_of, may_be_picture


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"RIFF\n\0\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x20ftypavif", "avif"),
        (b"<svg>", "svg+xml"),
        (
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<SVG width="1">',
            "svg+xml",
        ),
    ],
)
def test_pictures(content: bytes, name: str) -> None:
    assert format_of(content) == f"image/{name}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><svg></svg>",
        b"<!doctype html><svg>",
        b"%PDF-1.7",
        b"\x89PN",
        b'{"a": 1}',
        b"<svgx>",
        b"RIFF\0\0\0\0WAVE",
        b"<!---->" * 1000,  # took hours when each combination of comments was tried
    ],
)
def test_other_content(content: bytes) -> None:
    assert format_of(content) is None


def test_content_types_that_a_picture_may_have() -> None:
    assert all(map(may_be_picture, ["", "image/png", "IMAGE/SVG+XML; charset=utf-8", "application/octet-stream"]))
    assert not any(map(may_be_picture, ["text/html", "application/json", "text/plain; image/png"]))
