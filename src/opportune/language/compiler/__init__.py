"""Definitions as relations: the same meaning as `meaning/`, for everybody at once."""

from opportune.language.compiler.moments import moments
from opportune.language.compiler.pairs import at_pairs
from opportune.language.compiler.snapshot import snapshot

__all__ = ["at_pairs", "moments", "snapshot"]
