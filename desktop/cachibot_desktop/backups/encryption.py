"""Encrypts the parts of a backup with a password: scrypt for the key, AES-256-GCM for the content.

A part is a sequence of chunks. The nonce of a chunk is the number of the part, whether the chunk is its last, and the
number of the chunk, so that no chunk can be removed, repeated or moved. No two backups have the same salt and key.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO

CHUNK_BYTES = 1024 * 1024
_TAG_BYTES = 16


class WrongPassword(Exception):
    """The password does not decrypt the content, or the content was changed."""


@dataclass(frozen=True)
class Kdf:
    """Parameters of scrypt, which are in the backup's header."""

    salt: str
    n: int = 2**15
    r: int = 8
    p: int = 1

    @classmethod
    def new(cls) -> Kdf:
        """Return the parameters for a new backup."""
        return cls(os.urandom(16).hex())

    @classmethod
    def read(cls, found: object) -> Kdf:
        """Return the parameters in a header.

        Raises:
            ValueError: they are not valid, or would take minutes.
        """
        if not isinstance(found, dict) or set(found) != {"salt", "n", "r", "p"}:
            raise ValueError("unknown encryption")
        salt, n, r, p = found["salt"], found["n"], found["r"], found["p"]
        if not isinstance(salt, str) or not all(type(number) is int for number in (n, r, p)):
            raise ValueError("unknown encryption")
        if not (2**14 <= n <= 2**18 and r == 8 and 1 <= p <= 4):
            raise ValueError("unknown encryption")
        bytes.fromhex(salt)
        return cls(salt, n, r, p)

    def as_json(self) -> dict[str, object]:
        """Return the parameters for the header."""
        return asdict(self)


class Cipher:
    """Encrypts and decrypts the parts of one backup."""

    def __init__(self, password: str, kdf: Kdf, header: bytes) -> None:
        """Derive the key, which takes about 0.1 s. The content is bound to `header`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        # Keyboards and systems differ in how they compose an accented letter.
        text = unicodedata.normalize("NFC", password).encode()
        memory = 256 * kdf.n * kdf.r
        key = hashlib.scrypt(text, salt=bytes.fromhex(kdf.salt), n=kdf.n, r=kdf.r, p=kdf.p, maxmem=memory, dklen=32)
        self._aes = AESGCM(key)
        self._header = hashlib.sha256(header).digest()

    def encrypt(self, part: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the encrypted chunks. All chunks but the last must have `CHUNK_BYTES`."""
        number = 0
        chunk = next(chunks, b"")
        for following in chunks:
            yield self._aes.encrypt(_nonce(part, number, last=False), chunk, self._header)
            chunk, number = following, number + 1
        yield self._aes.encrypt(_nonce(part, number, last=True), chunk, self._header)

    def decrypt(self, part: int, source: IO[bytes]) -> Iterator[bytes]:
        """Yield the content of a part.

        Raises:
            WrongPassword: at the first chunk that the password does not decrypt.
        """
        from cryptography.exceptions import InvalidTag

        size = CHUNK_BYTES + _TAG_BYTES
        number = 0
        chunk = source.read(size)
        while True:
            following = source.read(size)
            try:
                yield self._aes.decrypt(_nonce(part, number, last=not following), chunk, self._header)
            except (InvalidTag, ValueError):
                raise WrongPassword from None
            if not following:
                return
            chunk, number = following, number + 1


def _nonce(part: int, number: int, *, last: bool) -> bytes:
    return part.to_bytes(4, "big") + bytes([last]) + number.to_bytes(7, "big")
