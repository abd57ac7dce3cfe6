"""Addresses that are pulled: page after page, from where the cursor stands, resumed where it broke off, each entry once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.pulls.serving import Asked, Said, Site, site
from tests.pulls.shop import PulledShop

from opportune.shell.pulling import PullFault

MAP = """events:
  - event: Order Completed
    event_id: "shop:{id}:{updated_at}"
    customer_id: "{customer}"
    ts: updated_at
    properties: {order_id: to_string(id), total: total}
"""
ORDERS = [{"id": n, "customer": f"c{n}", "total": 10 * n, "updated_at": f"2026-03-0{n}T10:00:00Z"} for n in range(1, 6)]


def source(url: str, more: str = "") -> str:
    return f"  shop: {{url: '{url}/orders', map: orders.yml, items: orders{more}}}\n"


@contextmanager
def shop(folder: Path, opened: Site, more: str = "", **beside: object) -> Iterator[PulledShop]:
    allowed = f"allow_private: ['{opened.place}']\n"
    found = PulledShop(folder, source(opened.url, more), more=allowed, **beside)  # type: ignore[arg-type]
    found.put("orders.yml", MAP)
    try:
        yield found
    finally:
        found.close()


def ids(opened: PulledShop) -> list[str]:
    return [event_id.split(":")[1] for event_id, _, _ in opened.events()]


def numbered(asked: Asked) -> Said:
    page = int(asked.query["page"])
    return Said({"orders": ORDERS[2 * page - 2 : 2 * page]})


def test_pages_are_counted_up_until_one_is_empty(tmp_path: Path) -> None:
    with site(numbered) as web, shop(tmp_path, web, ", pages: {number: page}") as opened:
        found = opened.pull("shop")
        assert (ids(opened), found.calls, found.parts) == (["1", "2", "3", "4", "5"], 5, 4)
        assert opened.rows("SELECT DISTINCT is_imported FROM events") == [(False,)]
        assert opened.pull("shop").calls == 0  # nothing there that was not told


@pytest.mark.parametrize("kind", ["pages: link", "pages: {next: paging.next}"])
def test_the_next_page_is_where_the_page_or_its_header_says(tmp_path: Path, kind: str) -> None:
    def answer(asked: Asked) -> Said:
        first = int(asked.query.get("after", 0))
        following = f"/orders?after={first + 2}" if first + 2 < len(ORDERS) else None
        links = f'</orders?x=1>; rel="prev", <{following}>; rel="next"' if following else '</orders>; rel="first"'
        return Said({"orders": ORDERS[first : first + 2], "paging": {"next": following}}, headers={"Link": links})

    with site(answer) as web, shop(tmp_path, web, f", {kind}") as opened:
        opened.pull("shop")
        assert ids(opened) == ["1", "2", "3", "4", "5"]


def test_the_cursor_asks_for_what_came_since_with_an_overlap_and_moves_when_all_was_told(tmp_path: Path) -> None:
    orders = list(ORDERS[:2])
    cursor = ", cursor: {param: since, from: max(updated_at), overlap: 5m, start: 2026-01-01T00:00:00Z}"
    with site(lambda _: Said({"orders": orders})) as web, shop(tmp_path, web, cursor) as opened:
        opened.pull("shop")
        orders[:] = [*ORDERS[1:4]]
        assert opened.pull("shop").calls == 2
        opened.pull("shop")
        since = [asked.query["since"] for asked in web.asked]
        assert [text[:19] for text in since] == ["2026-01-01T00:00:00", "2026-03-02T09:55:00", "2026-03-04T09:55:00"]
        assert ids(opened) == ["1", "2", "3", "4"]


def test_a_pull_that_breaks_off_goes_on_at_its_page_and_the_cursor_stays_until_then(tmp_path: Path) -> None:
    broken = [True]

    def answer(asked: Asked) -> Said:
        if asked.query["page"] == "2" and broken[0]:
            return Said(status=503, headers={"Retry-After": "7"})
        return numbered(asked)

    with site(answer) as web, shop(tmp_path, web, ", pages: {number: page}, cursor: {param: since, from: max(updated_at)}") as opened:
        with pytest.raises(PullFault, match="answered 503") as fault:
            opened.pull("shop")
        assert fault.value.after == 7
        broken[0] = False
        opened.pull("shop")
        assert [asked.query["page"] for asked in web.asked] == ["1", "2", "2", "3", "4"]
        assert ids(opened) == ["1", "2", "3", "4", "5"]
        opened.pull("shop")
        assert web.asked[-1].query["since"] == "2026-03-05T10:00:00Z"
        assert [tally.reason for tally in opened.workspace.ledger.since(0, kinds=["failed"])] == [f"{web.url}/orders: answered 503"]


@pytest.mark.parametrize("at", [1, 2])
def test_a_pull_that_is_killed_between_log_and_cursor_repeats_a_page_and_doubles_nothing(tmp_path: Path, at: int) -> None:
    class Killed(BaseException):
        """The process is gone."""

    left = [at]

    def reached(point: str) -> None:
        left[0] -= point == "pull"
        if not left[0]:
            raise Killed

    with site(numbered) as web:
        with shop(tmp_path, web, ", pages: {number: page}", reached=reached) as opened, pytest.raises(Killed):
            opened.pull("shop")
        with shop(tmp_path, web, ", pages: {number: page}") as opened:
            opened.pull("shop")
            assert ids(opened) == ["1", "2", "3", "4", "5"]
            assert len(opened.log()) == 7  # two of them twice, and stored once


def test_a_broken_entry_is_set_aside_with_its_page_and_number(tmp_path: Path) -> None:
    bad = {"id": 8, "total": 1, "updated_at": "2026-03-01T10:00:00Z"}
    late = {"id": 9, "customer": "c9", "updated_at": "someday"}
    with site(lambda _: Said({"orders": [bad, ORDERS[0], late]})) as web, shop(tmp_path, web) as opened:
        found = opened.pull("shop")
        assert ids(opened) == ["1"]
        assert [(file, line) for file, line, _ in opened.asides(found)] == [
            (f"{web.url}/orders page 1", 1),
            (f"{web.url}/orders page 1", 3),
        ]


def test_without_a_map_entries_are_calls_or_rows_with_our_names(tmp_path: Path) -> None:
    page = [
        {"type": "track", "messageId": "m1", "userId": "ada", "event": "Page Viewed", "timestamp": "2026-03-01T10:00:00Z"},
        {"event_id": "m2", "customer_id": "bob", "name": "Order Completed", "ts": "2026-03-01T10:00:00Z", "total": 5},
        {"name": "Stock Changed", "product_id": "lamp", "stock": 3},
        "nothing",
    ]
    with site(lambda _: Said(page)) as web:
        sources = f"  shop: {{url: '{web.url}/'}}\n"
        opened = PulledShop(tmp_path, sources, more=f"allow_private: ['{web.place}']\n")
        found = opened.pull("shop")
        assert [name for _, _, name in opened.events()] == ["Page Viewed", "Order Completed", "Stock Changed"]
        assert [(line, reason) for _, line, reason in opened.asides(found)] == [(4, "line is no JSON object in UTF-8")]
        opened.now += 3_600_000_000
        assert opened.pull("shop").calls == 0
        opened.close()


@pytest.mark.parametrize(
    "said, wanted",
    [
        (Said(b"<html>"), "answers no JSON"),
        (Said(b"[" * 900), "answers no JSON"),
        (Said({"orders": {"id": 1}}), "no list at orders"),
        (Said(b"x" * 2_000), "more than 1,000 bytes"),
        (Said(status=401), "answered 401"),
        (Said(status=302, headers={"Location": "http://169.254.169.254/latest"}), "private network"),
        (Said(status=302, headers={"Location": "/again"}), "redirects 5 times and more"),
        (Said({"orders": [], "paging": "http://127.0.0.1:9/x"}), "another place"),
        (Said({"orders": [1], "paging": "/orders"}), "go in circles"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_fault_in_words(tmp_path: Path, said: Said, wanted: str) -> None:
    more = ", largest: 1KB, pages: {next: paging}"
    with site(lambda _: said) as web, shop(tmp_path, web, more) as opened, pytest.raises(PullFault, match=wanted):
        opened.pull("shop")


def test_a_secret_goes_to_the_first_place_alone_and_is_never_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "Bearer abc")
    leading = Said(status=307)
    with site(lambda _: Said({"orders": ORDERS[:1]})) as other, site(lambda _: leading) as web:
        leading.headers["Location"] = f"{other.url}/orders"
        sources = f"  shop: {{url: '{web.url}/orders', map: orders.yml, items: orders, headers_env: {{Authorization: SHOP_TOKEN}}}}\n"
        opened = PulledShop(tmp_path, sources, more=f"allow_private: ['{web.place}', '{other.place}']\n")
        opened.put("orders.yml", MAP)
        opened.pull("shop")
        assert (web.asked[0].headers["Authorization"], "Authorization" in other.asked[0].headers) == ("Bearer abc", False)
        monkeypatch.setenv("SHOP_TOKEN", "Bearer\nabc")
        with pytest.raises(PullFault, match="SHOP_TOKEN holds what no header can carry") as fault:
            opened.pull("shop")
        assert "abc" not in str(fault.value)
        opened.close()
