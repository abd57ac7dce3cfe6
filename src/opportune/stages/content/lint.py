"""What good mail does not do, found in sound templates: warnings of `opportune check`.

Two templates that say the same, pressing words without a real end, pictures without words for them, more than a mailbox shows, a text
part that says nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from opportune.language.vocabulary.problems import Place, Problem, Severity
from opportune.stages.content.pieces import source_at
from opportune.stages.content.placeholders import LIQUID
from opportune.stages.content.render import CLIPPED_BYTES, render
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.specimens import AT, SPECIMENS, addressing
from opportune.stages.content.template import Template
from opportune.stages.content.urgency import unbound

MOST_SHARED = 0.6
"""Of the words of the one that has fewer."""
FEWEST_WORDS = 20
"""Templates with fewer different words of their own are not compared."""
_PICTURE = re.compile(r"<(?:img|mj-image)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_ALT = re.compile(r"\salt\s*=", re.IGNORECASE)
_UNSAID = re.compile(r"<!--.*?-->|<style\b.*?</style\s*>|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>|&\w+;|https?://\S+", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_SPEAKS = re.compile(r"\{%-?\s*include\b|\{\{-?(?!\s*(?:shop\.|\w+_url\b))")
"""Liquid that may say something: not a link, and not the shop's own address."""
_HEAD = re.compile(r"\A---\n.*?^---$", re.DOTALL | re.MULTILINE)
_SAID_IN_HEAD = re.compile(r"^(?:subject|preheader):(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Linted:
    """A template as it was read, and as it was written."""

    template: Template
    markup: str
    place: Place
    text: str
    """Empty: there is no text part beside it."""
    text_place: Place | None
    pieces: Mapping[str, str]


def lint(templates: Sequence[Linted]) -> list[Problem]:
    """Every warning, each once."""
    found: list[Problem] = [*_alike(templates)]
    for text, place in _files(templates):
        found += _pressing(text, place)
        found += _without_words(text, place)
    for one in templates:
        found += _too_large(one)
        found += _silent(one)
    return list(dict.fromkeys(found))


def _files(templates: Sequence[Linted]) -> Iterator[tuple[str, Place]]:
    """Everything written in them, the pieces once."""
    for one in templates:
        yield one.markup, one.place
        if one.text_place:
            yield one.text, one.text_place
    pieces = {path: text for one in templates for path, text in one.pieces.items()}
    yield from ((text, Place(path, 1)) for path, text in pieces.items())


def own_words(one: Linted) -> frozenset[str]:
    """The different words, of three letters or more, that it says itself: layout, pieces and links apart."""
    head = _HEAD.match(one.markup)
    said = [*_SAID_IN_HEAD.findall(head[0] if head else ""), one.markup[head.end() if head else 0 :], one.text]
    return frozenset(word.lower() for text in said for word in _WORD.findall(_bare(text)))


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the words of the one that has fewer that the other has too."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def _bare(text: str) -> str:
    return _UNSAID.sub(" ", LIQUID.sub(" ", text))


def _warning(code: str, place: Place, what: str, remedy: str) -> Problem:
    return Problem(code=code, place=place, what=what, remedy=remedy, severity=Severity.WARNING)


def _alike(templates: Sequence[Linted]) -> Iterator[Problem]:
    words = [(one, own) for one in templates if len(own := own_words(one)) >= FEWEST_WORDS]
    for (one, own), (other, others) in combinations(words, 2):
        if (share := shared(own, others)) > MOST_SHARED:
            what = f"this says nearly the same as template '{one.template.name}': they share {share:.0%} of their words"
            remedy = "Write one of them anew, send the same one twice, or move what both say into a piece."
            yield _warning("E610", Place(other.place.file), what, remedy)


def _pressing(text: str, place: Place) -> Iterator[Problem]:
    source = source_at(text, place)
    for index, words in unbound(text):
        remedy = "Put it inside {% if offer.ends %} or {% if offer.left %}, or say it without pressure."
        yield _warning("E611", source.at(index), f"'{words}' presses, and no offer with an end or a stock stands behind it", remedy)


def _without_words(text: str, place: Place) -> Iterator[Problem]:
    source = source_at(text, place)
    for match in _PICTURE.finditer(text):
        if not _ALT.search(match[0]):
            remedy = 'Add alt="..." with what it shows; alt="" for mere decoration.'
            yield _warning("E612", source.at(match.start()), "a picture has no words for those who do not see it", remedy)


def _too_large(one: Linted) -> Iterator[Problem]:
    for name, values in SPECIMENS.items():
        mail = render(one.template, values, addressing(), at=AT)
        size = len(mail.html.encode("utf-8")) if isinstance(mail, Rendered) else 0
        if size > CLIPPED_BYTES:
            what = f"for {name} the HTML has {size:,} bytes; Gmail hides what comes after {CLIPPED_BYTES:,}"
            yield _warning("E613", Place(one.place.file), what, "Show fewer products, or take styles out.")


def _silent(one: Linted) -> Iterator[Problem]:
    said = one.text if one.text_place else one.template.text
    if not _WORD.search(_bare(said)) and not _SPEAKS.search(said):
        place = one.text_place or Place(one.place.file)
        remedy = f"Write templates/{one.template.name}.txt, or give the pictures an alt."
        yield _warning("E614", place, "the text part says nothing", remedy)
