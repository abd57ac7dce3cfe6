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


def test_whoever_signs_in_on_a_browser_where_she_told_her_address_is_one_customer_whichever_came_first() -> None:
    told, signed_in = tells(1, "ada@b.test", anonymousId="d1"), tells(2, " ADA@b.test", userId="ada")
    for first, second in (
        (told, signed_in),
        (signed_in | {"receivedAt": told["receivedAt"]}, told | {"receivedAt": signed_in["receivedAt"]}),
    ):
        for split in ([[first, second]], [[first], [second]]):
            engine, _ = loaded(split)
            assert [owner(engine, identity) for identity in ("d1", "email:ada@b.test")] == ["ada", "ada"]
            engine.close()


def test_two_users_on_one_browser_stay_two_customers() -> None:
    shared = [call(number, userId=user, anonymousId="d1", ts=number) for number, user in ((1, "ada"), (2, "bob"), (3, "ada"))]
    engine, _ = loaded([[*shared, tells(4, "eve@b.test", anonymousId="d1"), call(5, type="page", anonymousId="d1", ts=5)]])
    assert [owner(engine, identity) for identity in ("ada", "bob", "d1", "email:eve@b.test")] == ["ada", "bob", "ada", "email:eve@b.test"]
    traits = "SELECT identity FROM traits JOIN identities USING (identity_key) WHERE name = 'email'"
    assert engine._connection.execute(traits).fetchall() == [("email:eve@b.test",)]


def test_two_users_of_one_address_stay_two_and_the_address_belongs_to_who_claimed_it_first() -> None:
    engine, _ = loaded([[tells(1, "x@b.test", userId="ada"), tells(2, "x@b.test", userId="bob"), tells(3, "x@b.test", anonymousId="d1")]])
    assert [owner(engine, identity) for identity in ("ada", "bob", "d1", "email:x@b.test")] == ["ada", "bob", "ada", "ada"]


def test_a_user_id_is_stronger_than_an_address_that_than_a_number_and_that_than_a_click() -> None:
    clicked = call(1, type="alias", userId="eve", previousId="d1", source="opportune.clicks", ts=1)
    by_phone, by_email = tells(2, phone="+4930123456", anonymousId="d1"), tells(3, "x@b.test", anonymousId="d1")
    engine, _ = loaded([[clicked, by_phone, by_email, call(4, userId="ada", anonymousId="d1", ts=4)]])
    found = [owner(engine, "d1", at=NOON + second * 1_000_000) for second in (1, 2, 3, 4)]
    assert found == ["eve", "phone:+4930123456", "email:x@b.test", "ada"]


def test_addresses_of_users_alone_have_no_ids_and_link_nobody() -> None:
    engine, _ = loaded([[tells(1, "x@b.test", phone="+4930123456", userId="ada", anonymousId="d1"), tells(2, "y@b.test", userId="ada")]])
    counts = [engine._connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("identities", "links", "claims")]
    assert counts == [2, 1, 3]


def test_values_that_stand_for_nobody_are_no_ids() -> None:
    lines = [
        call(1, type="page", userId="undefined", anonymousId="d1"),
        call(2, type="page", userId=" GUEST "),
        tells(3, "noreply@shop.test", anonymousId="d1"),
        tells(4, "x@b.test", userId="kiosk", anonymousId="d2"),
        call(5, type="page", userId="email:nonsense"),
    ]
    engine, (report,) = loaded([lines], replace(DEFAULT_RULES, blocked=(*DEFAULT_RULES.blocked, "kiosk")))
    assert [(aside.line, aside.reason) for aside in report.set_aside] == [
        (2, " GUEST  is no id: it is blocked, or no address"),
        (5, "email:nonsense is no id: it is blocked, or no address"),
    ]
    identities = engine._connection.execute("SELECT identity, is_known FROM identities ORDER BY identity_key").fetchall()
    assert identities == [("d1", False), ("d2", False), ("email:x@b.test", False)]


def test_what_is_beyond_a_limit_is_not_linked_and_counted_but_references_of_connectors_do_not_count() -> None:
    references = [call(number, userId="ada", anonymousId=f"ref:shop:{number}") for number in range(1, 6)]
    devices = [call(number, userId="ada", anonymousId=f"d{number}") for number in (6, 7, 8, 9, 8)]
    addresses = [tells(number, f"{letter}@b.test", userId="ada") for number, letter in ((10, "x"), (11, "y"), (12, "z"))]
    lines = [*references, *devices, *addresses, tells(13, "z@b.test", anonymousId="d10")]
    for split in ([lines], [[line] for line in lines]):
        engine, reports = loaded(split, RULES)
        assert [owner(engine, identity) for identity in ("d8", "d9", "ref:shop:5", "email:z@b.test")] == [
            "ada",
            "d9",
            "ada",
            "email:z@b.test",
        ]
        assert sum(report.unlinked for report in reports) == 2
        engine.close()


def test_parting_an_address_parts_all_that_hangs_on_it_and_nothing_else() -> None:
    lines = [
        tells(1, "x@b.test", anonymousId="d1"),
        tells(2, "x@b.test", anonymousId="d2"),
        tells(3, "x@b.test", userId="ada", anonymousId="d3"),
        parts(5, "email:X@b.test"),
    ]
    engine, _ = loaded([lines])
    assert [owner(engine, each, at=NOON + 4_000_000) for each in ("d1", "d2", "d3", "email:x@b.test")] == ["ada"] * 4
    assert [owner(engine, each) for each in ("d1", "d2", "email:x@b.test", "d3")] == [*["email:x@b.test"] * 3, "ada"]


def test_an_address_in_letters_beyond_ascii_is_one_with_its_form_in_ascii() -> None:
    lines = [tells(1, "Ada@BÜCHER.test", anonymousId="d1"), tells(2, "ada@xn--bcher-kva.test", userId="ada"), tells(3, "ü@-", userId=None)]
    engine, (report,) = loaded([lines])
    assert owner(engine, "d1") == "ada"
    assert [aside.line for aside in report.set_aside] == [3]
