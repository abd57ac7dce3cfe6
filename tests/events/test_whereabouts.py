"""Where somebody was last heard of is a trait that changes when her calls say otherwise, the same rows however the log is cut."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines.duckdb import DuckDB

FIELDS = {"geo_country": ("location", "country"), "geo_region": ("location", "region"), "geo_timezone": ("timezone",)}


def traits(calls: list[dict[str, object]], cut: int) -> list[tuple[str, str, str, str]]:
    """(message id, identity, trait, value) of all stored traits, in order."""
    engine = DuckDB.open(None)
    with TemporaryDirectory() as folder:
        for number in range(0, len(calls), cut):
            path = Path(folder) / f"{number:04d}.ndjson"
            path.write_text("".join(json.dumps(call) + "\n" for call in calls[number : number + cut]))
            engine.load([path])
    rows = engine._connection.execute(
        "SELECT t.event_id, i.identity, t.name, t.value ->> '$' FROM traits AS t JOIN identities AS i USING (identity_key) ORDER BY 1, 3"
    ).fetchall()
    engine.close()
    return rows


def naive(calls: list[dict[str, object]]) -> list[tuple[str, str, str, str]]:
    """A trait when a call says another than the last of the same id that said any."""
    last: dict[tuple[str, str], str] = {}
    found = []
    for call in calls:
        who = str(call.get("userId", call["anonymousId"]))
        for trait, path in FIELDS.items():
            said = call["context"]
            for step in path:
                said = said.get(step) if isinstance(said, dict) else None
            if said and last.get((who, trait)) != said:
                last[who, trait] = said
                found.append((str(call["messageId"]), who, trait, said))
    return sorted(found, key=lambda row: (row[0], row[2]))


countries = st.sampled_from([None, "", "DE", "FR"])
contexts = st.builds(
    lambda country, region, zone: {"location": {"country": country, "region": region}, "timezone": zone},
    countries,
    st.sampled_from([None, "BE"]),
    st.sampled_from([None, "Europe/Berlin", "Europe/Paris"]),
)
whose = st.sampled_from([{"anonymousId": "a"}, {"anonymousId": "b"}, {"anonymousId": "a", "userId": "u"}])
seconds = st.integers(0, 59)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(whose, contexts, seconds), max_size=12), st.integers(1, 12))
def test_traits_are_set_when_a_call_says_otherwise_whatever_the_split(
    drawn: list[tuple[dict[str, str], dict[str, object], int]], cut: int
) -> None:
    calls = [
        {"type": "page", "messageId": f"m{n:02d}", **who, "context": context, "timestamp": f"2026-03-01T12:00:{second:02d}Z"}
        | {"receivedAt": "2026-03-01T12:01:00Z"}
        for n, (who, context, second) in enumerate(drawn)
    ]
    assert traits(calls, cut) == naive(calls)


def test_a_robot_is_nowhere() -> None:
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    context = {"userAgent": agent, "location": {"country": "US"}}
    assert (
        traits([{"type": "page", "messageId": "m", "anonymousId": "a", "context": context, "receivedAt": "2026-03-01T12:01:00Z"}], 1) == []
    )


def test_what_was_said_in_an_earlier_load_is_not_set_again() -> None:
    page = {"type": "page", "anonymousId": "a", "context": {"timezone": "Europe/Berlin"}, "receivedAt": "2026-03-01T12:01:00Z"}
    assert traits([page | {"messageId": "m"}, page | {"messageId": "n"}], 1) == [("m", "a", "geo_timezone", "Europe/Berlin")]
