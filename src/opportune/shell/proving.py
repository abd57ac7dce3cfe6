"""What somebody agreed to and refused, with the proof: when, to which words, where, by what.

Held to tests/explaining/test_proving.py
"""

from collections.abc import Iterable, Iterator

from opportune.language.explaining.words import NO, YES, moment
from opportune.language.meaning.asking import answer, consents
from opportune.language.meaning.history import Event, events_of
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.events import CONSENT_REQUESTED, PURPOSES
from opportune.shell.explaining import Subject
from opportune.stages.privacy import tracking

SPEAKING = {"Consent Given": "given", "Consent Withdrawn": "withdrawn", CONSENT_REQUESTED: "asked for, not yet confirmed"}
LONGEST = 300
"""Characters of a wording that are shown."""


def read_for_proof() -> list[Expr]:
    """What a history must hold for it."""
    return list(tracking.questions().values())


def consent_lines(subject: Subject, opt_in: tuple[str, ...], home: str | None) -> list[str]:
    """A purpose each: what holds, and every word on it, the latest first."""
    pair = subject.pair()
    said = events_of(pair.history, pair.customer, pair.at, pair.seen)
    told = [f"{subject.customer} at {moment(subject.at)}"]
    for purpose in PURPOSES:
        words = [event for event in said if _speaks(event, purpose)]
        is_allowed = _may_track(subject, opt_in, home) if purpose == "tracking" else consents(purpose, pair)
        told.append(f"├─ {YES if is_allowed else NO} {purpose}: {_stands(words, is_allowed=is_allowed)}")
        told += [f"│     {line}" for line in _proofs(words)]
    return told


def _speaks(event: Event, purpose: str) -> bool:
    if event.name == "Unsubscribed":
        return event.properties.get("channel", purpose) == purpose and purpose in ("email", "sms", "push")
    return event.name in SPEAKING and event.properties.get("purpose") == purpose


def _may_track(subject: Subject, opt_in: tuple[str, ...], home: str | None) -> bool:
    found = {name: answer(expr, subject.pair()).value for name, expr in tracking.questions().items()}
    country = found["country"]
    return tracking.may_track(
        given=found["given"] is True,
        withdrawn=found["withdrawn"] is True,
        country=country if isinstance(country, str) else None,
        opt_in=opt_in,
        home=home,
    )


def _stands(words: list[Event], *, is_allowed: bool) -> str:
    decided = [event for event in words if event.name in ("Consent Given", "Consent Withdrawn")]
    if decided:
        return "given" if is_allowed else "withdrawn"
    if any(event.name == CONSENT_REQUESTED for event in words):
        return "asked for, not yet confirmed"
    return f"nothing said, so {'allowed' if is_allowed else 'denied'}"


def _proofs(words: Iterable[Event]) -> Iterator[str]:
    for event in sorted(words, key=lambda each: each.order, reverse=True):
        said = {name: str(value) for name, value in event.properties.items() if value is not None}
        how = f" by {said['method']}" if "method" in said else ", nobody said how"
        where = f" on {said['page']}" if "page" in said else ""
        yield f"{moment(event.ts)}: {SPEAKING.get(event.name, 'unsubscribed')}{how}{where} [{event.event_id}]"
        wording = said.get("wording")
        if wording is not None:
            version = f" (version {said['wording_version']})" if "wording_version" in said else ""
            yield f"  “{wording[:LONGEST]}”{version}"
        beside = [f"{word} {said[name]}" for name, word in BESIDE.items() if name in said]
        if beside:
            yield f"  {', '.join(beside)}"


BESIDE = {"region": "in", "request_id": "answers the request", "user_agent": "with"}
"""Property → the word before it."""
