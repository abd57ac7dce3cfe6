"""Chance and identity without randomness: keyed hashes, the same on every machine and at every replay."""

import hashlib

_SEPARATOR = b"\x1f"


def _digest(key: bytes, parts: tuple[str, ...], size: int) -> bytes:
    hashed = hashlib.blake2b(key=key[:64], digest_size=size)
    for part in parts:
        written = part.encode("utf-8", "surrogatepass")
        hashed.update(len(written).to_bytes(8, "big") + written + _SEPARATOR)
    return hashed.digest()


def share_of(key: bytes, *parts: str) -> float:
    """A number in [0, 1), uniform over `parts`, that never changes: who is held out, which arm, which hour."""
    return int.from_bytes(_digest(key, parts, 8), "big") / 2**64


def identifier(*parts: str) -> str:
    """A 32-digit id that is a pure function of its parts."""
    return _digest(b"", parts, 16).hex()
