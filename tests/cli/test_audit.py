"""`opportune audit`: a shop in which each flaw is planted is found out, a sound one is left alone, an empty one is told to be so."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import PROJECT, Opportune, written

from opportune.adapters.logs.line import Line
from opportune.adapters.logs.line import written as line_of
from opportune.adapters.logs.segments import Segments
from opportune.cli.main import main
from opportune.language.vocabulary.instants import instant_of

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
CUSTOMERS, DAYS = 60, 100
AGREED = {"purpose": "email", "method": "form", "wording": "Yes, write to me"}

SOUND = {
    "opportune.yml": PROJECT["opportune.yml"],
    "templates/hello.mjml": PROJECT["templates/hello.mjml"],
    "definitions.yml": """\
metrics:
  orders: count("Order Completed")
  revenue: sum("Order Completed", total)
  city: trait.city
segments:
  buyers: did("Order Completed")
  lately: did("Order Completed", within="7d")
  young: trait.age < 30
journeys:
  cart:
    when: lapse("Product Added", unless="Order Completed", within="2h")
    reentry: 1d
    holdout: 10%
    goal: {reached: 'did("Order Completed", since=entry)', within: 5d}
    steps:
      - send: hello
""",
}
FLAWED = {
    **SOUND,
    "more.yml": """\
predictions:
  churn_30d: {heuristic: '0.5', note: a coin}
segments:
  fans: did("Social Engaged")
  giants: count("Order Completed") > 1000
  anybody: did("Page Viewed") or not did("Ad Clicked")
  customers_again: did("Order Completed") and not trait.city == "Atlantis"
  at_risk: prediction.churn_30d > 0.4
  fond_of_colour: did("Product Added", colour == "red")
  heavy: did("Product Added", weight > 3)
  tall: trait.height > 2
tiers:
  worth:
    by: sum("Order Completed", total) if did("Order Completed") else None
    bands: [{high: 50%}, {low: 50%}]
journeys:
  never:
    when: reaches("Order Completed", n=900, within="7d")
    reentry: always
    holdout: 10%
    steps: [send: hello]
  social:
    when: event("Social Engaged")
    reentry: always
    holdout: 10%
    steps: [send: hello]
""",
}
Call = dict[str, object]


def _call(kind: str, who: int, at: datetime, number: int, **more: object) -> Call:
    return {"type": kind, "messageId": f"{kind}-{number}-{who}-{at:%j%H%M}", "userId": f"c{who:03}", "timestamp": at.isoformat(), **more}


def sound_history() -> Iterable[Call]:
    """Sixty people who look every day, put something into their cart every third and order every tenth."""
    for who in range(CUSTOMERS):
        at = START + timedelta(minutes=who)
        traits = {"email": f"p{who}@mail.example", "city": "Ulm" if who % 2 else "Bonn", "age": 20 + who}
        yield _call("identify", who, at, 0, traits=traits, anonymousId=f"a{who}")
        yield _call("track", who, at, 1, event="Consent Given", properties=AGREED)
        for day in range(DAYS):
            at = START + timedelta(days=day, minutes=who)
            yield _call("track", who, at, 2, event="Page Viewed", properties={"path": "/"})
            if (day + who) % 3 == 0:
                yield _call("track", who, at, 3, event="Product Added", properties={"product_id": "lamp", "price": 5})
            if (day + who) % 10 == 0 and who < 40:
                yield _call(
                    "track", who, at + timedelta(hours=4), 4, event="Order Completed", properties={"order_id": f"{who}-{day}", "total": 20}
                )


def flawed_history() -> Iterable[Call]:
    """The same with an outage, an event that stopped, values of another kind, doubles, a shared device."""
    for call in sound_history():
        day = (datetime.fromisoformat(str(call["timestamp"])) - START).days
        if 40 <= day < 50 or (call.get("event") == "Product Added" and day > 80):
            continue
        if call.get("event") == "Product Added":
            call["properties"] = {"product_id": "lamp", "price": 5, "weight": "12"}
        yield call
    for who in range(20):
        traits = {"email": f" P{who}@MAIL.example", "height": "very tall"}
        yield _call("identify", 500 + who, START + timedelta(days=1), 5, traits=traits, anonymousId="kiosk")


def imported(folder: Path, files: dict[str, str], history: Iterable[Call]) -> Path:
    for name in PROJECT:
        (folder / name).unlink(missing_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "history.ndjson").write_text("\n".join(map(json.dumps, history)), encoding="utf-8")
    assert main(["import", str(folder / "history.ndjson"), "--project", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the flawed shop, in plain words."""
    folder = imported(tmp_path_factory.mktemp("flawed"), FLAWED, flawed_history())
    assert main(["audit", "--project", str(folder), "--out", str(folder / "out")]) == 0
    return (folder / "out" / "audit.html").read_text(encoding="utf-8").replace("<code>", "").replace("</code>", "")


@pytest.mark.parametrize(
    "words",
    [
        "1 event that used to arrive came to a stop</h3>",
        "<dt>Product Added</dt><dd>last on 22 Mar 2026, 19 days ago; never before more than 1 day apart</dd>",
        "gap in what arrived</h3>",
        "<dt>all events</dt><dd>10 Feb 2026 to 19 Feb 2026: none</dd>",
        "“Social Engaged” has never arrived</h3>",
        "“Ad Clicked” has never arrived</h3>",
        "“Product Added” comes without colour</h3>",
        "“Product Added” sends weight of another kind than is read</h3>",
        "<dt>weight</dt><dd>read as number, sent as digits in quotes",
        "1 trait of another kind than is read</h3>",
        "<dt>height</dt>",
        "1 segment holds nobody</h3>",
        "segment.giants",
        "2 segments hold everybody</h3>",
        "segment.anybody",
        "1 pair of segments is nearly the same</h3>",
        "<dt>segment.buyers and segment.customers_again</dt><dd>100% of 40 are in both</dd>",
        "40 customers may be 20 people</h3>",
        "1 device was linked to more than one customer</h3>",
        "1 journey never has a moment</h3>",
        "<dt>never</dt><dd>none since 2026-01-01</dd>",
        "1 prediction is a rule of thumb</h3>",
        "quantile or mean of all is not steady yet</h3>",
    ],
)
def test_a_flaw_that_was_planted_is_found(flawed: str, words: str) -> None:
    assert words in flawed


def test_a_sound_shop_is_not_alarmed(opportune: Opportune, folder: Path) -> None:
    imported(folder, SOUND, sound_history())
    called = opportune("audit", "--out", "out")
    assert called.status == 0
    assert "Nothing was found wanting.\n" in called.out, called.out
    assert "Nothing was found wanting</h2>" in (folder / "out" / "audit.html").read_text(encoding="utf-8")


def test_sources_are_told_apart_and_the_one_that_stopped_and_the_one_that_never_came_are_found(opportune: Opportune, folder: Path) -> None:
    imported(folder, SOUND, sound_history())
    for name in ("shop", "app", "till"):
        assert opportune("keys", "add", name).status == 0
    now = START + timedelta(days=DAYS)
    log = Segments.open(folder / ".opportune" / "log", clock=lambda: instant_of(now))
    for day in range(30):
        now = START + timedelta(days=DAYS + day)
        for number, name in enumerate(("shop", "app") if day < 20 else ("shop",)):
            call = _call("page", 1, now, number)
            told = {"source": name, "properties": {}, "traits": {}, "context": {}}
            log.append([line_of(Line(type="page", message_id=str(call["messageId"]), user_id="c001", **told))])
    log.close()
    called = opportune("audit", "--out", "out")
    assert called.status == 0, called.err
    assert re.search(r"^from 3 sources: import [\d,]+, shop 30, app 20$", called.out, re.MULTILINE), called.out
    page = (folder / "out" / "audit.html").read_text(encoding="utf-8")
    assert "1 source fell silent while others went on</h3>" in page
    assert "<dt>app</dt><dd>last on 30 Apr 2026, 10 days ago; never before more than 1 day apart, 1 call on a usual day</dd>" in page
    assert "<dt>till</dt><dd>nothing ever arrived</dd>" in page
    assert '<th scope="row">import <span class="soft">by import</span>' in page


def test_an_empty_store_says_so(opportune: Opportune, shop: Path) -> None:
    called = opportune("audit")
    assert (called.status, called.err) == (0, "")
    assert called.out.startswith("No events are stored yet, so there is nothing to look at.\n")
    assert not (shop / "audit").exists()


def test_a_project_without_definitions_is_told_what_arrives(opportune: Opportune, stocked: Path) -> None:
    (stocked / "definitions.yml").unlink()
    called = opportune("audit", "--out", "out")
    assert called.status == 0, called.err
    assert "Lamp Rubbed" in (stocked / "out" / "audit.html").read_text(encoding="utf-8")


def test_hostile_names_are_escaped(opportune: Opportune, folder: Path) -> None:
    written(folder)
    hostile = "<script>alert('x')</script>"
    calls = [_call("track", 1, START + timedelta(days=day), day, event=hostile, properties={hostile: hostile}) for day in range(20)]
    imported(folder, {**SOUND, "templates/hello.mjml": PROJECT["templates/hello.mjml"]}, calls)
    assert opportune("audit", "--out", "out").status == 0
    page = (folder / "out" / "audit.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert" in page
    assert "<script" not in page
