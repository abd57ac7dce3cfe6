"""What a tree says, as a short name: equal trees have equal hashes, on every machine and in every process."""

import hashlib

MOST = 10_000
_HASHES: dict[int, tuple[object, str]] = {}
"""Place in memory → the node that stands there, held so that no other can, and its hash: trees never change, and are asked for again."""


def content_hash(node: object) -> str:
    """32 hexadecimal digits of a resolved tree. Trees are frozen dataclasses, so how they are written (`repr`) is what they are."""
    known = _HASHES.get(id(node))
    if known is not None:
        return known[1]
    made = hashlib.blake2b(repr(node).encode(), digest_size=16).hexdigest()
    if not isinstance(node, tuple):  # those are made for the occasion
        if len(_HASHES) >= MOST:
            _HASHES.clear()
        _HASHES[id(node)] = node, made
    return made
