"""Comparing texts with patterns: SEMANTICS section 3, "Operators". All case-sensitive; false where a side is null or no text."""

import re
from typing import assert_never

from opportune.language.meaning.answers import Answer, truth
from opportune.language.tree.expressions import TextTest
from opportune.language.vocabulary.kinds import Kind


def fits(test: TextTest, text: Answer, pattern: Answer) -> Answer:
    """Whether the text contains, begins with or, as a whole, looks like the pattern."""
    if not isinstance(text.value, str) or not isinstance(pattern.value, str):
        return truth(False)
    match test:
        case TextTest.CONTAINS:
            return truth(pattern.value in text.value)
        case TextTest.STARTSWITH:
            return truth(text.value.startswith(pattern.value))
        case TextTest.MATCHES:
            return truth(re.fullmatch(_regular(pattern.value), text.value, re.DOTALL) is not None)
        case _:
            assert_never(test)


def _regular(glob: str) -> str:
    """`*` is any characters, `?` is one; nothing else is special, and nothing escapes them."""
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in glob)


BETWEEN_WORDS = ".,;:!?'\"()/-_+&\t\n\r"
"""What parts words as a blank does."""


def words(text: str) -> str:
    """A text as words in small letters, each between blanks; a blank alone where there is none. Rows of nine blanks and more stay two."""
    small = f" {_small(text)} "
    for character in BETWEEN_WORDS:
        small = small.replace(character, " ")
    for _ in range(3):
        small = small.replace("  ", " ")
    return small


def lower(text: Answer) -> Answer:
    """Each character by its simple lower-case mapping: those that would become several stay."""
    if not isinstance(text.value, str):
        return Answer(Kind.TEXT, None)
    return Answer(Kind.TEXT, _small(text.value))


def _small(text: str) -> str:
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)
