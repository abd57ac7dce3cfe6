"""Words of the language (SEMANTICS) that this version does not run: recognised, so that none is silently ignored."""

from opportune.language.vocabulary.problems import Place, Problem

METRICS = frozenset({"avg", "median", "min", "max", "distinct", "first", "top", "tenure", "time", "first_time", "decayed", "gap", "ago"})
FUNCTIONS = METRICS | frozenset({"clamp", "least", "greatest", "year", "month", "weekday", "hour", "quantile", "mean"})
METHODS = frozenset({"contains", "startswith", "matches", "lower"})
ROOMS = frozenset({"ladder", "tier", "prediction", "product"})
MOMENTS = frozenset({"nth", "enters", "leaves", "changes", "before", "after", "every"})
KEYWORDS = frozenset({"at_most", "hold", "reaching", "half_life", "positive", "by", "sample", "tz"})
MAPS = frozenset({"ladders", "tiers", "derived", "tables", "rungs"})
STEPS = frozenset({"split", "update", "webhook", "journey"})
JOURNEY_KEYS = frozenset({"rung", "sample"})


def not_yet(word: str, place: Place) -> Problem:
    """The Problem for a word that SEMANTICS has and this version does not run."""
    return Problem(
        code="E112",
        place=place,
        what=f"`{word}` is part of the language but not of this version yet",
        remedy="Leave it out for now; nothing is run that would be run wrongly.",
    )
