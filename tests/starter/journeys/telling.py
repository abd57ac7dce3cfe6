"""Stories as files: what one customer does, line by line, and what the shop's journeys make of it.

    A cart left for two hours gets a mail
      1 10:00  adds lamp
      1 12:00  > cart-reminder

A line begins with a day and a time (day 1 is 2026-03-01, a Sunday; UTC). `>` is what must come of it: a mail, `ends: OUTCOME`, or
`turned away: REASON`. What is not told must not be. `(told 1 13:00)` behind a deed is when the shop hears of it. Everybody in a
story has an address and agreed to mail on day 0; who is introduced as a stranger has not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.starter.journeys.deeds import Deed, deed_of

from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant

DAY = 86_400_000_000
FIRST = parse_instant("2026-02-28T00:00:00Z")
"""Day 0."""
_LINE = re.compile(
    r"(?P<day>-?\d+) (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?) +(?P<what>.*?)(?: \(told (?P<told_day>\d+) (?P<told>\d\d:\d\d(?::\d\d)?)\))?"
)


@dataclass(frozen=True, slots=True)
class Done:
    """Something that happens, and when it arrives."""

    at: Instant
    received_at: Instant
    deed: Deed
    is_personal: bool


@dataclass(slots=True)
class Story:
    """One customer's."""

    name: str
    place: str
    is_stranger: bool = False
    done: list[Done] = field(default_factory=list)
    expected: list[tuple[str, str]] = field(default_factory=list)
    """(when, what), in order."""

    @property
    def customer(self) -> str:
        """An id made of the name."""
        return re.sub(r"\W+", "-", self.name.lower()).strip("-")


@dataclass(slots=True)
class Book:
    """The stories of one file, and the journeys they are about."""

    name: str
    journeys: tuple[str, ...]
    stories: list[Story]


def when(at: Instant) -> str:
    """An instant as stories write it."""
    time = format_instant(at).split("T")[1].removesuffix("Z")
    return f"{(at - FIRST) // DAY} {time.removesuffix(':00') if len(time) == 8 else time}"


def instant(day: str, time: str) -> Instant:
    """The instant a line begins with."""
    clock = parse_instant(f"2026-02-28T{time}:00Z" if len(time) == 5 else f"2026-02-28T{time}Z")
    return Instant(clock + int(day) * DAY)


def read_book(path: Path) -> Book:
    """A file of stories; what cannot be read raises ValueError with its line."""
    book = Book(path.stem, (path.stem,), [])
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("with: "):
            book.journeys = (*book.journeys, *text.removeprefix("with: ").split(", "))
        elif not line.startswith(" "):
            book.stories.append(Story(text, f"{path.name}:{number}", is_stranger=text.startswith("A stranger")))
        else:
            _tell(book.stories[-1], text, f"{path.name}:{number}")
    return book


def _tell(story: Story, text: str, place: str) -> None:
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"{place}: no line of a story: {text!r}")
    at = instant(found["day"], found["time"])
    if found["what"].startswith("> "):
        story.expected += [(when(at), said) for said in found["what"].removeprefix("> ").split(", ")]
        return
    told = instant(found["told_day"], found["told"]) if found["told"] else at
    for said in found["what"].split(", then "):
        deed = deed_of(said)
        if deed is None:
            raise ValueError(f"{place}: nobody knows how to do {said!r}")
        story.done.append(Done(at, told, *deed))


def books(folder: Path) -> Iterator[Book]:
    """Every file of stories in a folder."""
    for path in sorted(folder.glob("*.story")):
        yield read_book(path)
