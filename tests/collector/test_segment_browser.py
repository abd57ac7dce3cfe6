"""Segment's own client for the browser, unchanged, in Chromium, on a page of another origin than the collector's."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.collector.edge import KEY
from tests.collector.serving import served, turning_away_once
from tests.live.serving import until
from tests.web.browsing import looking, started

pytestmark = pytest.mark.browser
BATCHES = {"strategy": "batching", "config": {"size": 100, "timeout": 60_000}}
AT_ONCE = {"strategy": "standard", "config": {"keepalive": True}}
HEAD = b'<!doctype html><title>Lamps</title><link rel="icon" href="data:,">'
LOADING = """
analytics = AnalyticsNext.AnalyticsBrowser.load(
  { writeKey: KEY, cdnURL: location.origin,
    cdnSettings: { integrations: { "Segment.io": { apiKey: KEY, apiHost: HOST + "/v1", protocol: "http", deliveryStrategy: STRATEGY } } } },
  { integrations: { "Segment.io": { apiHost: HOST + "/v1", protocol: "http", deliveryStrategy: STRATEGY } } },
);
"""


def page_of(host: str, strategy: dict) -> bytes:
    """A page of the shop that loads the client from its own folder and nothing from anywhere else."""
    values = {"KEY": json.dumps(KEY), "HOST": json.dumps(host), "STRATEGY": json.dumps(strategy)}
    loading = LOADING
    for name, value in values.items():
        loading = loading.replace(name, value)
    return HEAD + f'<script src="/client.js"></script><script>{loading}</script><h1>Lamps</h1>'.encode()


@contextmanager
def shop(client: bytes, page: bytes) -> Iterator[str]:
    """The address of a shop with that page, an empty one at /away, and the client as a script."""
    answers = {"/": (page, "text/html"), "/away": (HEAD + b"<h1>Away</h1>", "text/html"), "/client.js": (client, "text/javascript")}

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = answers.get(self.path.partition("?")[0], (b"", "text/plain"))
            self.send_response(200 if body else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium):
    with started(chromium) as browser:
        yield browser


@contextmanager
def visiting(browser, segment_clients, collector, strategy, told=()):
    """A visitor on the shop's page, whose client sends to `collector`."""
    client = (segment_clients.folder / "node_modules/@segment/analytics-next/dist/umd/index.js").read_bytes()
    with (
        served(collector) as host,
        shop(client, page_of(host.removeprefix("http://"), strategy)) as address,
        looking(browser, address, expected=told) as page,
    ):
        page.goto("/")
        page.evaluate("analytics.ready()")
        yield page


def test_every_call_of_segments_browser_client_lands_in_the_log(edge, browser, segment_clients):
    with visiting(browser, segment_clients, edge.collector, AT_ONCE) as page:
        page.evaluate("""async () => {
            await analytics.page("Shop", "Home", {colour: "red"});
            await analytics.track("Product Viewed", {product_id: "lamp-1", price: 39});
            await analytics.alias("u1");
            await analytics.identify("u1", {email: "ann@example.com"});
            await analytics.group("g1", {plan: "x"});
            await analytics.screen("Shop", "Home");
        }""")
        anonymous = page.evaluate("analytics.user().then(user => user.anonymousId())")
        until("six calls are there", lambda: edge.collector.counters.accepted == 6)
    lines = edge.lines()
    assert [line["type"] for line in lines] == ["page", "track", "alias", "identify", "group", "screen"]
    assert {line["anonymousId"] for line in lines} == {anonymous}
    assert (lines[0]["name"], lines[0]["category"], lines[0]["properties"]["colour"]) == ("Home", "Shop", "red")
    assert (lines[1]["event"], lines[1]["properties"]) == ("Product Viewed", {"product_id": "lamp-1", "price": 39})
    assert (lines[2]["previousId"], lines[2]["userId"]) == (anonymous, "u1")
    assert (lines[3]["userId"], lines[3]["traits"]) == ("u1", {"email": "ann@example.com"})
    assert (lines[4]["groupId"], lines[4]["userId"]) == ("g1", "u1")
    assert lines[0]["context"]["page"]["title"] == "Lamps"
    assert {line["source"] for line in lines} == {"shop"}


def test_the_batch_that_waits_when_a_page_is_left_is_sent_as_it_is_left(edge, browser, segment_clients):
    with visiting(browser, segment_clients, edge.collector, BATCHES) as page:
        page.evaluate("""async () => {
            await Promise.all([1, 2, 3].map(nth => analytics.track("Product Viewed", {nth})));  // the client's own queue: not yet sent
            location.href = "/away";
        }""")
        page.wait_for_url("**/away")
        until("three calls are there", lambda: edge.collector.counters.accepted >= 3)
    assert sorted(line["properties"]["nth"] for line in edge.lines()) == [1, 2, 3]


def test_a_call_on_its_way_when_the_page_is_left_arrives(edge, browser, segment_clients):
    asked = []

    async def slow(scope, receive, send):
        if scope["type"] == "http":
            asked.append(scope["method"])
            await asyncio.sleep(0.5)  # the page is gone by then
        await edge.collector(scope, receive, send)

    with visiting(browser, segment_clients, slow, AT_ONCE) as page:
        page.evaluate("() => { analytics.track('Product Viewed', {nth: 1}) }")
        until("the browser asks whether it may send", lambda: asked)
        page.goto("/away")
        assert asked == ["OPTIONS"]
        until("the call is there", lambda: edge.collector.counters.accepted)
    assert [line["properties"]["nth"] for line in edge.lines()] == [1]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("strategy", [AT_ONCE, {**BATCHES, "config": {"size": 1, "timeout": 50}}], ids=["at once", "in batches"])
def test_segments_browser_client_keeps_what_was_turned_away_and_comes_back_with_it(tmp_path, browser, segment_clients, strategy, status):
    edge = turning_away_once(tmp_path, status)
    with visiting(browser, segment_clients, edge.collector, strategy, told=(str(status),)) as page:
        page.evaluate("analytics.track('Cart Viewed').then(() => null)")
        until("it came again", lambda: edge.collector.counters.accepted == 1)
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]
    assert edge.collector.counters.turned_away == {status: 1}
    edge.close()
