"""Comparing and changing texts, the same on every engine and for every character."""

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term
from opportune.language.tree.expressions import TextTest

_ESCAPE = "!"
_BETWEEN_WORDS = ".,;:!?'\"()/-_+&\t\n\r"
_DOTTED_I = "İ"
"""The one letter whose lower case is two characters; engines have one of their own for it, so it stays as it is."""


def matched(test: TextTest, text: Term, pattern: Term) -> Term:
    """Whether the text has the pattern; null where a side is null."""
    text, pattern = sql.cast(text, "VARCHAR"), sql.cast(pattern, "VARCHAR")
    match test:
        case TextTest.CONTAINS:
            return sql.call("contains", text, pattern)
        case TextTest.STARTSWITH:
            return sql.call("starts_with", text, pattern)
        case TextTest.MATCHES:
            return sql.like(text, _like(pattern), _ESCAPE)


def lowered(text: Term) -> Term:
    """Each character in its simple lower case."""
    return sql.around(sql.cast(text, "VARCHAR"), _DOTTED_I, "lower")


def words(text: Term) -> Term:
    """A text as words in small letters, each between blanks; a blank alone where there is none."""
    small = sql.call("concat", sql.text(" "), lowered(text), sql.text(" "))
    for character in _BETWEEN_WORDS:
        small = sql.call("replace", small, sql.text(character), sql.text(" "))
    for _ in range(3):
        small = sql.call("replace", small, sql.text("  "), sql.text(" "))
    return small


def _like(pattern: Term) -> Term:
    """A pattern of `*` and `?` as one of `%` and `_`, which the text may hold itself."""
    for written, meant in ((_ESCAPE, _ESCAPE * 2), ("%", f"{_ESCAPE}%"), ("_", f"{_ESCAPE}_"), ("*", "%"), ("?", "_")):
        pattern = sql.call("replace", pattern, sql.text(written), sql.text(meant))
    return pattern
