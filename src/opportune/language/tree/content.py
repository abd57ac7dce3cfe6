"""What a tree says, as a short name: equal trees have equal hashes, on every machine and in every process."""

import hashlib


def content_hash(node: object) -> str:
    """32 hexadecimal digits of a resolved tree. Trees are frozen dataclasses, so how they are written (`repr`) is what they are."""
    return hashlib.blake2b(repr(node).encode(), digest_size=16).hexdigest()
