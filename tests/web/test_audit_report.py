"""The report of an audit: it stands alone, escapes every word, and can be read in a window of 400 px."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.web.browsing import started
from tests.web.replays import HOSTILE

from opportune.language.vocabulary.instants import Instant
from opportune.shell.auditing import Audit
from opportune.stages.measurement.arrivals import DAY
from opportune.stages.measurement.audited import Arrival, Finding, Level
from opportune.stages.measurement.holding import Held
from opportune.stages.measurement.identified import People
from opportune.stages.measurement.sources import Source
from opportune.web.audit_report import audit_report

NOW = Instant(20_500 * DAY)
LONG = "an_endless_name_without_any_place_to_break_it_" * 3


def audit(*names: str, findings: int = 3) -> Audit:
    """Everything there can be in a report, with these names."""
    found = [
        Finding(
            level=level,
            what=name,
            why=name,
            remedy=f"`{name}`",
            suffering=(f"segment.{name}", *(f"x{n}" for n in range(20))),
            cases=((name, name),) * 12,
        )
        for level in Level
        for name in names
    ]
    days = {day: (day * 37) % 90 + 60 for day in range(20_000, 20_400) if not 20_200 <= day < 20_210}
    arrivals = [
        Arrival(name=name, events=sum(days.values()), imported=5, first=Instant(20_000 * DAY), last=Instant(20_399 * DAY), days=days)
        for name in names
    ]
    held = [
        Held(name=f"{room}.{name}", number=30, customers=100, steps=((name, 20), ("b", 10)) if room in ("ladder", "tier") else ())
        for room in ("metric", "segment", "ladder", "tier")
        for name in names
    ] + [Held(name=f"score.{name}", number=30, customers=100, coverage=(10, 20, 30, 25, 15)) for name in names]
    people = People(
        customers=100, addressed=80, reached=60, known=100, anonymous=300, linked=40, shared=3, crowded=1, parted=1, most=4, quiet=9,
        silent=1, doubles=(("e-mail address", 2, 5, 3),),
    )  # fmt: skip
    return Audit(
        at=NOW,
        findings=found[:findings],
        arrivals=arrivals,
        last_received_at=Instant(NOW - DAY // 2),
        held=held,
        people=people,
        sources=[
            Source(name=name, is_imported=is_imported, names={names[0]: 7}, days=days, last_received_at=Instant(20_399 * DAY))
            for name in (*names, None)
            for is_imported in (False, True)
        ],
        labels={name: f"called {name}" for name in names},
    )


NOTHING = Audit(
    at=NOW,
    findings=(),
    arrivals=(),
    last_received_at=NOW,
    held=(),
    people=People(
        customers=0,
        addressed=0,
        reached=0,
        known=0,
        anonymous=0,
        linked=0,
        shared=0,
        crowded=0,
        parted=0,
        most=0,
        quiet=0,
        silent=0,
        doubles=(),
    ),
)


def test_a_report_loads_nothing_from_elsewhere_and_runs_nothing() -> None:
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\bon\w+=|https?://", audit_report(audit("Page Viewed"), "Shop", NOW))


def test_every_word_of_the_project_is_escaped() -> None:
    page = audit_report(audit(HOSTILE), HOSTILE, NOW)
    assert "alert(" in page
    assert "<script" not in page
    assert '"quoted"' not in page


def test_days_with_next_to_nothing_are_marked() -> None:
    assert audit_report(audit("Page Viewed"), "Shop", NOW).count('<rect class="low"') == 10


def test_a_segment_stands_with_what_it_is_called() -> None:
    assert '<th scope="row">keen<span class="soft label">called keen</span></th>' in audit_report(audit("keen"), "Shop", NOW)


def test_a_source_stands_with_what_it_sends_how_much_and_until_when() -> None:
    row = re.search(r'<tr><th scope="row">Page Viewed .*?</tr>', audit_report(audit("Page Viewed"), "Shop", NOW).split("Who sends", 1)[1])
    assert row is not None
    told = [words for words in re.sub(r"<svg.*?</svg>|<[^>]+>", "|", row[0]).split("|") if words.strip()]
    assert told == ["Page Viewed ", "Page Viewed", "40,735", "108", "4 Oct 24", "7 Nov 25"]


def test_a_chart_says_from_when_to_when_and_how_much() -> None:
    page = audit_report(audit("Page Viewed"), "Shop", NOW)
    assert "<span>4 Oct 24</span><span>All but messages, by day: 102 a day, 149 at most." in page
    assert "<span>7 Nov 25</span>" in page


def test_it_tells_each_level_and_when_the_last_event_came() -> None:
    page = audit_report(audit("Page Viewed"), "Shop", NOW)
    assert [
        words for words in ("To mend <", "To look at <", "To know <", ">12 h<", "1 to mend, 1 to look at, 1 to know") if words not in page
    ] == []


def test_an_audit_of_nothing_is_told_in_words() -> None:
    assert "Nothing was found wanting" in audit_report(NOTHING, "Shop", NOW)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize("shown", [audit("Page Viewed", "Order Completed"), audit(HOSTILE * 3, LONG, findings=6), NOTHING])
def test_no_window_is_too_narrow_for_it(browser: Browser, tmp_path: Path, width: int, shown: Audit) -> None:
    path = tmp_path / "audit.html"
    path.write_text(audit_report(shown, "Shop", NOW), encoding="utf-8")
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.querySelectorAll('.finding')].every(each => each.scrollWidth <= each.clientWidth)")
