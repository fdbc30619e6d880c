"""Redaction in the Python half. test/unit/log/core/redact.test.ts uses the same table."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from cachibot_desktop.process.log_redaction import redact

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "redaction-cases.json").read_text(encoding="utf-8"))


def with_values(text: str) -> str:
    return re.sub(r"<(\w+)>", lambda found: "".join(CASES["values"][found[1]]), text)


@pytest.mark.parametrize("case", CASES["redacted"], ids=lambda case: case["what"])
def test_secrets_are_redacted(case: dict[str, str]) -> None:
    assert redact(with_values(case["text"])) == case["redacted"]
    assert redact(case["redacted"]) == case["redacted"]


@pytest.mark.parametrize("text", CASES["unchanged"])
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", CASES["endless"])
def test_a_long_line_is_redacted_quickly(text: str) -> None:
    filled = text * (100_000 // len(text))
    began = time.monotonic()
    for whole in (filled, f"token{' ' * 100_000}{text}", f"token={filled}"):
        redact(whole)
    assert time.monotonic() - began < 5  # seconds; usually it takes a fraction of a second
