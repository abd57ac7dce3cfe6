"""What begins a visit is told what brought her; what a robot did is nobody's. Held to a naive reading of each call by itself."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.tree.sessions import VISITING
from opportune.stages.events.agents import agent_of
from opportune.stages.events.landings import host_of
from opportune.stages.events.touches import CLICK_IDS, Came, touch_of

PHONE = "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Mobile Safari/537.36"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HOME = "shop.example.org"
Call = dict[str, object]


def page(**said: object) -> Call:
    return {"type": "page", "anonymousId": "ann", "properties": {}, **said}


def stored(calls: list[Call], *, home: str = HOME, cut: int = 1_000_000) -> dict[str, tuple[str | None, str, dict[str, object]]]:
    """Message id → whose it is, its name and its properties, after loading in segments of `cut` calls."""
    stamped = [{"messageId": f"m{n:03d}", "receivedAt": f"2026-03-01T12:00:{n % 60:02d}Z"} | call for n, call in enumerate(calls)]
    engine = DuckDB.open(None, currency="USD", home=home)
    with TemporaryDirectory() as folder:
        for number in range(0, len(stamped), cut):
            path = Path(folder) / f"{number:04d}.ndjson"
            path.write_text("".join(json.dumps(call) + "\n" for call in stamped[number : number + cut]))
            engine.load([path])
    columns = "e.event_id, i.identity, e.name, e.path, e.rest"
    rows = engine._connection.execute(f"SELECT {columns} FROM events AS e LEFT JOIN identities AS i USING (identity_key)").fetchall()
    engine.close()
    return {id: (who, name, ({"path": path} if path else {}) | json.loads(rest or "{}")) for id, who, name, path, rest in rows}


def properties(call: Call, **settings: object) -> dict[str, object]:
    return stored([call], **settings)["m000"][2]


def naive(call: Call, home: str) -> tuple[str | None, dict[str, object]]:
    """Whose a page view is, and its properties, by the page's words alone."""
    context = call.get("context") or {}
    sent = {name: value for name, value in (context.get("page") or {}).items() if value is not None} if call["type"] == "page" else {}
    sent |= {name: value for name, value in call["properties"].items() if value is not None or call["type"] == "track"}
    agent = agent_of(context["userAgent"]) if context.get("userAgent") else None
    around, campaign = context.get("page") or {}, context.get("campaign") or {}
    referrer = sent.get("referrer", around.get("referrer"))
    url = sent.get("url", around.get("url")) or ""
    query = dict(reversed(parse_qsl(urlsplit(url).query)))
    utm = {}
    for name in ("source", "medium", "campaign", "term", "content"):
        said = sent.get(f"utm_{name}") or campaign.get("name" if name == "campaign" else name) or query.get(f"utm_{name}")
        if said:
            utm[name] = said
    click = next((name for name in context.get("clickIds") or {} if name in CLICK_IDS), None)
    click = click or next((name for name, value in parse_qsl(urlsplit(url).query) if name in CLICK_IDS), None)
    host = host_of(urlsplit(referrer or "").netloc)
    own = [each for each in (host_of(urlsplit(url).netloc), home) if each]
    is_own = any(f".{host}".endswith(f".{each}") or f".{each}".endswith(f".{host}") for each in own) if host else False
    touch = None
    if (host and not is_own) or utm.get("source") or utm.get("medium") or click or (referrer is not None and not host):
        touch = touch_of(Came("" if is_own else host, utm.get("source", "").lower(), utm.get("medium", "").lower(), click or ""))
    told: dict[str, object] = {}
    if touch:
        told |= {"touch_channel": touch.channel, "touch_source": touch.source or None, "touch_campaign": utm.get("campaign")}
        told |= {"device": agent.device, "os": agent.os, "browser": agent.browser} if agent else {}
        told |= {f"utm_{name}": value for name, value in utm.items()}
        sent = {name: value for name, value in sent.items() if value is not None}
    is_robot = agent is not None and agent.is_robot
    whole = {name: value for name, value in told.items() if value is not None} | sent | ({"bot": True} if is_robot else {})
    return (None if is_robot and "userId" not in call else call.get("userId", call["anonymousId"])), whole


sites = st.sampled_from(
    ["https://shop.example.org/a", "https://www.shop.example.org/", "https://help.shop.example.org", "https://example.org/"]
)
others = st.sampled_from(
    [
        "https://www.google.de/",
        "https://GOOGLE.de:443/?q=1",
        "http://ann@l.facebook.com/x",
        "https://pay.klarna.com/",
        "android-app://com.x/",
        "odd",
    ]
)
referrers = st.none() | st.just("") | sites | others
queries = st.sampled_from(
    [
        "",
        "?utm_source=News&utm_medium=email",
        "?a=1&gclid=x#utm_term=no",
        "?utm_campaign=a+b%20c%C3%BC",
        "?utm_medium=CPC&utm_source=ig",
        "?gclid=",
    ]
)
urls = st.none() | st.builds(lambda site, query: site.split("?")[0] + query, sites | st.just("https://other.example/"), queries)
words = st.none() | st.sampled_from(["", "google", "cpc", "email", "Summer"])


def said(**parts: st.SearchStrategy) -> st.SearchStrategy:
    """Objects of the parts that are not None, nulls now and then."""
    whole = st.fixed_dictionaries(parts)
    return whole.map(lambda told: {name: value for name, value in told.items() if value is not None})


pages = said(referrer=referrers, url=urls, path=st.just("/a"))
sent = said(
    referrer=referrers,
    url=urls,
    path=st.sampled_from([None, "/b"]),
    utm_source=words,
    utm_medium=words,
    device=st.sampled_from([None, "tv"]),
)
campaigns = said(name=words, source=words, medium=words, term=words)
contexts = said(
    page=st.none() | pages,
    campaign=st.none() | campaigns,
    clickIds=st.sampled_from([None, {}, {"gclid": "1"}, {"fbclid": "1"}, {"odd": 1}]),
    userAgent=st.sampled_from([None, "", PHONE, ROBOT]),
)
kinds = st.sampled_from([{"type": "page"}, {"type": "track", "event": "Page Viewed"}])
whose = st.sampled_from([{"anonymousId": "ann"}, {"anonymousId": "ann", "userId": "eve"}])
calls = st.builds(
    lambda kind, who, sent, context: kind | who | {"properties": sent, "context": context}, kinds, whose, sent, st.none() | contexts
)


@settings(deadline=None, max_examples=25)
@given(st.lists(calls, min_size=1, max_size=12), st.integers(1, 12), st.sampled_from(["", HOME]))
def test_page_views_are_told_what_a_reading_of_each_by_itself_finds(calls: list[Call], cut: int, home: str) -> None:
    found = stored(calls, home=home, cut=cut)
    for number, call in enumerate(calls):
        who, whole = naive(call, home)
        assert found[f"m{number:03d}"] == (who, "Page Viewed", whole)


def test_a_visit_from_a_campaign_is_told_its_touch_and_its_device() -> None:
    context = {"userAgent": PHONE, "campaign": {"name": "spring", "source": "newsletter", "medium": "email"}}
    assert properties(page(context=context)) == {
        "touch_channel": "email",
        "touch_source": "newsletter",
        "touch_campaign": "spring",
        "utm_source": "newsletter",
        "utm_medium": "email",
        "utm_campaign": "spring",
        "device": "mobile",
        "os": "Android",
        "browser": "Chrome Mobile",
    }


def test_a_page_after_another_of_the_shop_is_told_nothing() -> None:
    assert properties(page(properties={"referrer": f"https://www.{HOME}/a", "url": f"https://{HOME}/b"})).keys() == {"referrer", "url"}
    assert properties(page(properties={"referrer": f"https://help.{HOME}/a"})).keys() == {"referrer"}
    assert properties(page(properties={"referrer": "https://my.example/a", "url": "https://my.example/b"}), home="").keys() == {
        "referrer",
        "url",
    }


def test_an_empty_referrer_is_a_direct_visit_and_none_at_all_says_nothing() -> None:
    assert properties(page(properties={"referrer": ""})) == {"referrer": "", "touch_channel": "direct"}
    assert properties(page()) == {}


def test_what_was_sent_stays_as_it_was_sent() -> None:
    sent = {"referrer": "https://www.google.de/", "device": "till", "touch_channel": "ours", "utm_source": "x"}
    assert properties(page(properties=sent, context={"userAgent": PHONE})).items() >= sent.items()


@pytest.mark.parametrize("name", sorted(VISITING))
def test_what_a_robot_does_is_nobodys_but_its_orders_may_be_somebodys(name: str) -> None:
    call = {"type": "track", "event": name, "anonymousId": "ann", "properties": {}, "context": {"userAgent": ROBOT}}
    found = stored([call, call | {"userId": "eve"}, {**call, "context": {"userAgent": PHONE}}])
    is_ordered = name in ("Order Completed", "Checkout Started")
    assert found["m000"] == ("ann" if is_ordered else None, name, {"bot": True})
    assert found["m001"] == ("eve", name, {"bot": True})
    assert found["m002"] == ("ann", name, {})


def test_a_robots_ids_become_nobody_that_is_counted() -> None:
    engine = DuckDB.open(None)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.ndjson"
        call = page(context={"userAgent": ROBOT}, messageId="m", receivedAt="2026-03-01T12:00:00Z")
        path.write_text(json.dumps(call) + "\n")
        engine.load([path])
    assert engine._connection.execute("SELECT count(*) FROM identities").fetchall() == [(0,)]
    engine.close()


def test_a_landing_that_is_sent_twice_is_no_change_of_content(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    call = page(
        properties={"referrer": "https://www.google.de/"}, context={"userAgent": PHONE}, messageId="m", receivedAt="2026-03-01T12:00:00Z"
    )
    for name in ("a", "b"):
        (tmp_path / name).write_text(json.dumps(call) + "\n")
    engine.load([tmp_path / "a"])
    report = engine.load([tmp_path / "b"])
    assert (report.repeated, report.changed_content) == (1, 0)
    engine.close()
