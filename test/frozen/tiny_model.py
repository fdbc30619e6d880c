"""An embedding model that is small enough to write by hand: 8 words with 4 numbers each."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = ["[PAD]", "[UNK]", "a", "red", "blue", "cat", "house", "the"]
DIMENSIONS = 4
INT64, FLOAT = 7, 1


def write_to(folder: Path) -> None:
    """Write the network, the tokenizer and the configuration files that fastembed reads."""
    folder.mkdir()
    (folder / "model_optimized.onnx").write_bytes(network())
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": "[PAD]", "model_max_length": 16}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]", "unk_token": "[UNK]"}))


def network() -> bytes:
    """Return an ONNX network that looks up the numbers of each word."""
    numbers = [((row * 7 + column * 3) % 11 - 5) / 4 for row in range(len(WORDS)) for column in range(DIMENSIONS)]
    table = (
        _number(1, len(WORDS))
        + _number(1, DIMENSIONS)
        + _number(2, FLOAT)
        + _text(8, "table")
        + _bytes(9, struct.pack(f"<{len(numbers)}f", *numbers))
    )
    look_up = _text(1, "table") + _text(1, "input_ids") + _text(2, "last_hidden_state") + _text(4, "Gather")
    graph = (
        _bytes(1, look_up)
        + _text(2, "tiny")
        + _bytes(5, table)
        + _bytes(11, _tensor("input_ids", INT64, ["batch", "words"]))
        + _bytes(12, _tensor("last_hidden_state", FLOAT, ["batch", "words", DIMENSIONS]))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, 13))


def _tensor(name: str, kind: int, shape: list[str | int]) -> bytes:
    sizes = b"".join(_bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
