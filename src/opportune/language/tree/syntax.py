"""Expression text as Python syntax, within limits: never evaluated, never a crash."""

import ast
import warnings

from opportune.language.vocabulary.problems import Place, Problem

LONGEST_TEXT = 1_000_000
"""Characters in one expression."""

_REMEDIES = (
    ("&&", "Write `and` instead of `&&`."),
    ("||", "Write `or` instead of `||`."),
    ("<>", "Write `!=` instead of `<>`."),
    ("“", 'Use straight quotes: "...".'),
    ("”", 'Use straight quotes: "...".'),
)


def line_of(place: Place, node: ast.AST) -> Place:
    """The place of a syntax node in the file."""
    return shifted(place, getattr(node, "lineno", 1))


def shifted(place: Place, line: int) -> Place:
    """`line` of a text (from 1) that begins at `place`; a place without line stays so."""
    return Place(place.file, place.line + line - 1) if place.line else place


def syntax_of(text: str, place: Place) -> ast.expr | Problem:
    """The one expression `text` writes; line breaks are allowed anywhere, as inside brackets."""
    if len(text) > LONGEST_TEXT:
        return Problem(code="E102", place=place, what=f"this expression is longer than {LONGEST_TEXT:,} characters")
    if not text.strip():
        return Problem(code="E101", place=place, what="an expression is missing", remedy='Write one, such as did("Order Completed").')
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"[{text}\n]", mode="eval").body
    except SyntaxError as error:
        return _broken(error, text, place)
    except (RecursionError, MemoryError):
        return too_deep(place)
    except (ValueError, OverflowError) as error:
        return Problem(code="E101", place=place, what=f"this is no expression: {_reason(error)}")
    if isinstance(tree, ast.List) and len(tree.elts) == 1:
        return tree.elts[0]
    return Problem(code="E101", place=place, what="this is no single expression", remedy="Write one expression; brackets must pair up.")


def too_deep(place: Place) -> Problem:
    """The Problem for an expression nested beyond what is sensible."""
    return Problem(
        code="E102", place=place, what="this expression is nested too deeply", remedy="Give parts of it a name under metrics: or segments:."
    )


def _reason(error: ValueError | OverflowError) -> str:
    if isinstance(error, UnicodeError):
        return "it holds a character that is no valid Unicode"
    return "it holds a null character" if "null" in str(error) else "it cannot be read"


def _broken(error: SyntaxError, text: str, place: Place) -> Problem:
    lines = text.count("\n") + 1
    line = min(max(error.lineno or 1, 1), lines)
    message = error.msg or "invalid syntax"
    written = text.split("\n")[line - 1]
    if "too many nested" in message:
        return too_deep(place)
    if "does not match" in message or "never closed" in message or "unmatched" in message:
        message, remedy = "brackets do not pair up", "Close every ( and [ that is opened, and open every one that is closed."
    elif "string literal" in message:
        message, remedy = "a quoted text is not closed", 'End it with the quote it began with: "...".'
    elif "integer string" in message:
        return Problem(code="E102", place=shifted(place, line), what="a number is too large")
    elif "'=='" in message:
        message, remedy = "= stands where == is meant", "Write == to compare."
    else:
        message = "invalid syntax" if message.startswith("invalid syntax") else message
        remedy = next((said for sign, said in _REMEDIES if sign in written), "")
    return Problem(code="E101", place=shifted(place, line), what=f"this is no expression: {message}", remedy=remedy)
