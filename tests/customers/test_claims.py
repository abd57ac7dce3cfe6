"""Who is who by addresses: drawn calls in any split give what a naive reading of them gives; then the rules one by one."""

import json
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.customers.reading import Reading

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.vocabulary.identity import DEFAULT_RULES
from opportune.language.vocabulary.instants import FOREVER, format_instant

NOON = 1_772_366_400_000_000
RULES = replace(DEFAULT_RULES, anonymous=3, email=2, phone=1)


def loaded(segments: list[list[dict]], rules=DEFAULT_RULES, **known: object) -> tuple[DuckDB, list]:
    """A store of its own for these calls, and what each load reported."""
    engine = DuckDB.open(None, threads=1, identity=rules)
    with TemporaryDirectory() as folder:
        reports = []
        for number, calls in enumerate(segments):
            path = Path(folder, f"{number:04d}.ndjson")
            path.write_text("".join(json.dumps(call) + "\n" for call in calls))
            reports.append(engine.load([path]))
    return engine, reports


def call(number: int, ts: int = 0, received: int | None = None, **said: object) -> dict:
    """A call with its instants in seconds after noon."""
    times = {"timestamp": format_instant(NOON + ts * 1_000_000), "receivedAt": format_instant(NOON + (received or number) * 1_000_000)}
    return {"type": "identify", "messageId": f"m{number:02d}"} | said | times


def tells(number: int, email: str | None = None, *, phone: str | None = None, **said: object) -> dict:
    traits = {name: value for name, value in (("email", email), ("phone", phone)) if value is not None}
    return call(number, **{"ts": number, "traits": traits, **said})  # type: ignore[arg-type]


def parts(number: int, identity: str, **said: object) -> dict:
    named = {"type": "track", "event": "Identity Unlinked", "userId": "op", "properties": {"previous_id": identity}}
    return call(number, **{"ts": number, **named, **said})  # type: ignore[arg-type]


def owner(engine: DuckDB, identity: str, at: int = FOREVER, seen: int = FOREVER) -> str:
    """Whose an id is, by the spans."""
    holds = "at_from <= $at AND $at < at_until AND seen_from <= $seen AND $seen < seen_until"
    asked = f"""SELECT t.identity FROM spans JOIN identities AS f ON f.identity_key = from_key
        JOIN identities AS t ON t.identity_key = to_key WHERE f.identity = $identity AND {holds}"""
    found = engine._connection.execute(asked, {"identity": identity, "at": at, "seen": seen}).fetchall()
    assert len(found) <= 1
    return found[0][0] if found else identity


ids = {
    "userId": st.sampled_from([None, None, None, "ada", "bob", "eve", "d4", " Guest ", "Email:X@b.test"]),
    "anonymousId": st.sampled_from(["d1", "d2", "d3", "d4", None, "null", "email: x@B.test", "phone:+4930 123456"]),
}
addresses = st.sampled_from([None, "x@b.test", "X@b.test ", "y@b.test", "z@b.test", "no address", 7, "ü@Bücher.test"])
numbers = st.sampled_from([None, None, "+49 30 123456", "0049/30-123456", "030 123456", "+12125551234"])
told = st.builds(
    lambda email, phone: {name: value for name, value in (("email", email), ("phone", phone)) if value is not None}, addresses, numbers
)
kinds = st.one_of(
    st.fixed_dictionaries({"type": st.just("identify"), **ids}, optional={"traits": told}),
    st.fixed_dictionaries({"type": st.just("identify"), **ids, "traits": told}),
    st.fixed_dictionaries({"type": st.just("identify"), **ids, "traits": told}),
    st.fixed_dictionaries(
        {
            "type": st.just("alias"),
            "userId": st.sampled_from(["ada", "bob", "email:x@b.test"]),
            "previousId": st.sampled_from(["d1", "d2", "d3", "email:y@b.test"]),
            "source": st.sampled_from(["web", "opportune.clicks"]),
        }
    ),
    st.sampled_from(["d1", "d2", "email:X@b.test", "phone:+4930123456", "email:ü@bücher.test"]).map(
        lambda identity: {"type": "track", "event": "Identity Unlinked", "userId": "op", "properties": {"previous_id": identity}}
    ),
)


@st.composite
def logs(draw: st.DrawFn) -> list[list[dict]]:
    """Segments of calls that are received in order and happened in any."""
    drawn = draw(st.lists(kinds, min_size=1, max_size=10))
    arrivals = accumulate(draw(st.lists(st.integers(0, 2), min_size=len(drawn), max_size=len(drawn))))
    named = draw(st.permutations(range(len(drawn))))
    calls = [
        call(0, draw(st.integers(0, received)), received, **said, messageId=f"m{name}")
        for said, received, name in zip(drawn, arrivals, named, strict=True)
    ]
    cuts = sorted(draw(st.lists(st.integers(0, len(calls)), max_size=3)))
    return [calls[a:b] for a, b in zip([0, *cuts], [*cuts, len(calls)], strict=True)]


@pytest.mark.slow
@given(segments=logs(), is_limited=st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_calls_in_any_split_say_who_is_who_as_a_naive_reading_of_them(segments: list[list[dict]], is_limited: bool) -> None:
    rules = RULES if is_limited else DEFAULT_RULES
    reading = Reading(rules)
    engine, reports = loaded(segments, rules)
    for each in (each for segment in segments for each in segment):
        reading.read(each)
    assert sum(report.unlinked for report in reports) == reading.unlinked
    people = [identity for (identity,) in engine._connection.execute("SELECT identity FROM identities").fetchall()]
    instants = [NOON + n * 1_000_000 for n in range(21)] + [FOREVER]
    held = engine._connection.execute("""SELECT f.identity, t.identity, at_from, at_until, seen_from, seen_until FROM spans
        JOIN identities AS f ON f.identity_key = from_key JOIN identities AS t ON t.identity_key = to_key""").fetchall()
    for identity in people:
        for at in instants[::2]:
            for seen in instants:
                found = [to for of, to, a, b, c, d in held if of == identity and a <= at < b and c <= seen < d]
                assert (found or [identity]) == [reading.owner(identity, at, seen)], (identity, at, seen)
    engine.close()
