"""The text that is shown early is the beginning of the answer that prompture finds in the whole response."""

from __future__ import annotations

import json
import random

from cachibot_desktop.streaming.simulated_answer import SimulatedAnswer
from cachibot_process import CachibotProcess

SHOWN = [
    '{"type": "final_answer", "content": "It is “empty” 😀,\\n\\"so\\" \\ud83d\\ude00 \\\\ far. "}',
    ' \n{ "type" : "final_answer" , "content" : "text", "more": 1}',
    '```json\n{"type": "final_answer", "content": "in a block"}\n```',
    '<think>Hm, {"type": "tool_call"}?</think>\n{"type": "final_answer", "content": "thought"}',
    "  Just text.\n\nWith `code`, {braces} and\n```python\nx = {}\n```\nat the end.  \n",
    "`code` first",
    "< 5 is small",
]
"""Responses whose text is shown before they are complete."""
HELD_BACK = [
    '{"type": "tool_call", "name": "x", "arguments": {"content": "no"}}',
    '{"name": "x", "arguments": {}}',
    '{"content": "without a type"}',
    "",
    "  ",
]
"""Responses of which nothing is shown early."""
UNCERTAIN = [
    'I will look. {"type": "tool_call", "name": "x", "arguments": {}}',
    '{"type": "final_answer", "content": "cut in the mid',
    '{"type": "final_answer", "content": "a raw\nline end"}',
    '{"type": "final_answer", "content": 5}',
]
"""Responses that turn out to be something else."""


def shown(text: str, cuts: list[int]) -> str:
    answer = SimulatedAnswer()
    return "".join(answer.add(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True))


def test_text_is_shown_as_it_comes(patched: CachibotProcess) -> None:
    contents = patched.run(f"""
        from prompture.agents.simulated_tools import parse_simulated_response
        answer = [parse_simulated_response(text, None)["content"] for text in {json.dumps(SHOWN)}]
    """)
    draw = random.Random(1)
    for text, content in zip(SHOWN, contents, strict=True):
        every = list(range(1, len(text)))
        for cuts in (every, [], *(sorted(draw.sample(every, 3)) for _ in range(20))):
            assert shown(text, cuts) == content, (text, cuts)


def test_a_possible_tool_call_is_held_back() -> None:
    for text in HELD_BACK:
        assert shown(text, list(range(1, len(text)))) == ""
    assert shown(UNCERTAIN[0], list(range(1, len(UNCERTAIN[0])))) == "I will look."


def test_invalid_json_is_shown_as_far_as_it_is_valid() -> None:
    found = [shown(text, list(range(1, len(text)))) for text in UNCERTAIN[1:]]
    assert found == ["cut in the mid", "a raw", ""]
