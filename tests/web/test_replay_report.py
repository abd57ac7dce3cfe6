"""The report of a backtest: it stands alone, escapes every word, and can be read in a window of 400 px."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.web.browsing import started
from tests.web.replays import HOSTILE, NAMES, figures, replay

from opportune.web.replay_report import Replay, Variant, replay_report

ALONE = Variant(title="", figures=figures())
THREE = (
    Variant(title="setting.cart_wait = 30m", figures=figures(seed=2)),
    Variant(title="setting.cart_wait = 2h", figures=figures(seed=3)),
    Variant(title="setting.cart_wait = banana", problems="opportune.yml:3: 'banana' is no duration [E104]\n  Write 2h."),
)
NOTHING = Variant(title="", figures=figures((), days=3))


def test_a_report_loads_nothing_from_elsewhere_and_runs_nothing() -> None:
    written = replay_report(replay(*THREE))
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\bon\w+=|https?://", written)


def test_every_word_of_the_project_is_escaped() -> None:
    hostile = Variant(title=HOSTILE, figures=figures((HOSTILE,), reasons=(HOSTILE,)))
    written = replay_report(
        replay(hostile, Variant(title=HOSTILE + "2", problems=HOSTILE), Variant(title="x", figures=figures((HOSTILE,))), shop=HOSTILE)
    )
    assert "alert(" in written
    assert "<script" not in written
    assert '"quoted"' not in written


def test_it_says_that_it_cannot_know_what_mails_would_have_caused() -> None:
    for variants in ((ALONE,), THREE, (NOTHING,)):
        assert "This cannot know what the mails would have caused." in replay_report(replay(*variants))


def test_each_journey_and_reason_has_its_figures() -> None:
    written = replay_report(replay(ALONE))
    assert ALONE.figures is not None
    for each in ALONE.figures.journeys:
        assert (
            f'<tr><th scope="row">{each.summary.journey}</th><td class="number" data-label="Entered">{each.summary.enrolled:,}</td>'
            in written
        )
    for reason, number in {**ALONE.figures.held, **ALONE.figures.turned}.items():
        assert f'<b>{reason}</b><span class="number">{number:,}</span>' in written


def test_variants_stand_side_by_side_and_one_that_failed_says_why() -> None:
    written = replay_report(replay(*THREE))
    assert re.search(r"<thead><tr><td></td><th[^>]*>setting.cart_wait = 30m</th><th[^>]*>setting.cart_wait = 2h</th></tr>", written)
    assert written.count('<div class="compared">') == len(NAMES)
    assert "setting.cart_wait = banana did not run</h2><pre>opportune.yml:3: &#x27;banana&#x27; is no duration" in written


def test_a_replay_of_nothing_is_told_in_words() -> None:
    written = replay_report(replay(NOTHING, days=3))
    for words in (
        "No message would have been sent.",
        "The project has no journeys.",
        "No message was held back.",
        "Every moment was entered.",
    ):
        assert words in written


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize(
    "shown", [replay(ALONE), replay(*THREE), replay(NOTHING, days=3), replay(Variant(title=HOSTILE * 4, figures=figures((HOSTILE * 3,))))]
)
def test_no_window_is_too_narrow_for_it(browser: Browser, tmp_path: Path, width: int, shown: Replay) -> None:
    path = tmp_path / "report.html"
    path.write_text(replay_report(shown), encoding="utf-8")
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
