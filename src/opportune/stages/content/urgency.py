"""Words that press people, found in a template outside of any condition that makes them true.

"Ends on Sunday" is information where an offer ends on Sunday, else it is a lie. So such words stand inside
`{% if offer.ends %}`, `{% if offer.left %}` or a condition on `stock`; there the block disappears when there is no end and no stock.
English only: what other languages say is not noticed.
"""

import re
from collections.abc import Iterator

from opportune.stages.content.placeholders import LIQUID

URGENT = re.compile(
    r"(?<!\bno )(?<!\bno-)\bhurry\b|\b(last|final) (chance|call|days?|hours?|minutes?)\b|\b(today|tonight) only\b|\bonly (today|tonight)\b"
    r"|\bends\b|\bend(s|ing)? (today|tonight|tomorrow|soon|midnight)\b|\bexpir(e|es|ing|y)\b|\b\d+ (of \d+ )?(left|remain(ing)?)\b"
    r"|\b(only|just) (a few|few|\d+)\b[^.]{0,20}\b(left|remain(ing)?|in stock)\b|\b(almost|nearly) (gone|sold out)\b|\bselling (out|fast)\b"
    r"|\bwhile (stocks?|supplies) lasts?\b|\blimited[ -](time|stock|quantit(y|ies)|offer)\b|\brunning out of (time|stock)\b"
    r"|\bbefore (it is|it's|it’s|they are|they're|they’re) gone\b|\b(don't|don’t|do not) (miss|wait)\b|\bact (now|fast)\b|\bnow or never\b"
    r"|\burgent(ly)?\b|\bcountdown\b",
    re.IGNORECASE,
)
_BOUND = re.compile(r"\boffer\.(ends|left|stock)\b|\.stock\b")
_TAG = re.compile(r"\{%-?\s*(\w+)(.*?)-?%\}", re.DOTALL)


def unbound(liquid: str) -> Iterator[tuple[int, str]]:
    """(index, words) of what presses without a real end or stock behind it."""
    for start, text, is_bound in _stretches(liquid):
        if not is_bound:
            yield from ((start + match.start(), " ".join(match[0].split())) for match in URGENT.finditer(text))


def _stretches(liquid: str) -> Iterator[tuple[int, str, bool]]:
    """Text between the tags that decide what is shown, outputs as noughts of the same length, and whether a real limit stands around it."""
    open_conditions: list[bool] = []
    start, text = 0, ""
    for match in LIQUID.finditer(liquid):
        tag = _TAG.fullmatch(match[0])
        text += liquid[start + len(text) : match.start()]
        if tag is None:
            text += "0" * len(match[0])
            continue
        yield start, text, any(open_conditions)
        _follow(tag[1], tag[2], open_conditions)
        start, text = match.end(), ""
    yield start, text + liquid[start + len(text) :], any(open_conditions)


def _follow(tag: str, said: str, open_conditions: list[bool]) -> None:
    if tag in ("if", "case", "unless", "for", "tablerow"):
        open_conditions.append(tag == "if" and _BOUND.search(said) is not None)
    elif tag in ("elsif", "else", "when") and open_conditions:
        open_conditions[-1] = tag == "elsif" and _BOUND.search(said) is not None
    elif tag.startswith("end") and open_conditions:
        open_conditions.pop()
