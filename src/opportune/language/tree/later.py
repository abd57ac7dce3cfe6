"""Words of the language (SEMANTICS section 6) that this version does not run: recognised, so that none is silently ignored."""

from opportune.language.vocabulary.problems import Place, Problem

STEPS = frozenset({"split", "update", "webhook", "journey"})


def not_yet(word: str, place: Place) -> Problem:
    """The Problem for a word that SEMANTICS has and this version does not run."""
    return Problem(
        code="E112",
        place=place,
        what=f"`{word}` is part of the language but not of this version yet",
        remedy="Leave it out for now; nothing is run that would be run wrongly.",
    )
