"""What a score is worth and how much of it is known: SEMANTICS section 4, "score".

A boolean part is 0 or 1; a group with unknown parts keeps its full weight in the group above; coverage multiplies down the groups.
"""

import math

from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import ScorePart


def _part(part: ScorePart, pair: Pair, ask: Ask) -> float | None:
    """A leaf clamped to 0..1, or a group's weighted mean; null is unknown."""
    if isinstance(part.value, tuple):
        return weighted_mean(part.value, pair, ask)
    leaf = ask(part.value, pair).value
    if leaf is None or isinstance(leaf, str):
        return None
    return min(1.0, max(0.0, float(leaf)))


def weighted_mean(parts: tuple[ScorePart, ...], pair: Pair, ask: Ask) -> float | None:
    """Over the known parts, their weights renormalised; null where none is known or all known weigh nothing."""
    known = [(part.weight, worth) for part in parts if (worth := _part(part, pair, ask)) is not None]
    total = math.fsum(weight for weight, _ in known)
    return math.fsum(weight * worth for weight, worth in known) / total if total else None


def known_share(parts: tuple[ScorePart, ...], pair: Pair, ask: Ask) -> float:
    """The share of the weight that is known; a group is known as far as its parts are."""
    total = math.fsum(part.weight for part in parts)
    shares = (known_share(p.value, pair, ask) if isinstance(p.value, tuple) else float(_part(p, pair, ask) is not None) for p in parts)
    return math.fsum(part.weight * share for part, share in zip(parts, shares, strict=True)) / total if total else 0.0
