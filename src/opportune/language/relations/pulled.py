"""What adapters tell each other of files that are fetched at set times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledFile:
    """A file as far as it was told: its first `bytes`, with `lines` line ends, which hash to `digest`; what it looked like then."""

    name: str
    digest: str
    bytes: int
    lines: int
    size: int
    modified_ns: int
