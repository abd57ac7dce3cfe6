"""Several moments in one `when:` list: the same trigger at the same instant is one moment, however time is cut into ticks."""

from pathlib import Path

import pytest
from tests.stories.town import Town

HOUR = 3_600_000_000
FILES = {
    "keen.yml": """
    journey: keen
    when:
      - reaches("Product Viewed", n=2, within="1d")
      - event("Product Viewed", product_id == "b")
    only_if: {only_if}
    reentry: 1h
    holdout: 0%
    steps:
      - send: first
    """
}


def story(folder: Path, only_if: str, *, ticks: bool) -> tuple[object, ...]:
    """The second view arrives before the first, so what reaches two is known an hour after the view itself."""
    files = {name: text.replace("{only_if}", only_if) for name, text in FILES.items()}
    with Town(folder, files, start="2026-03-01T00:00:00Z", templates=("first",)) as town:
        town.at("2026-03-01T10:00:00Z").track("Product Viewed", product_id="b")
        if ticks:
            town.tick()
        town.at("2026-03-01T11:00:00Z").track("Product Viewed", ts="2026-03-01T09:00:00Z", product_id="a")
        town.at("2026-03-01T12:00:00Z").tick()
        entered = [(e.entered_at, e.acted_at, e.which) for e in town.enrolments()]
        return entered, [(m.due_at, m.status) for m in town.messages()], town.workspace.journeys.turned()


def test_a_moment_that_follows_twice_is_taken_when_it_first_follows(tmp_path: Path) -> None:
    pieces, whole = (story(tmp_path / name, "True", ticks=name == "pieces") for name in ("pieces", "whole"))
    assert pieces == whole
    assert [acted_at - at for at, acted_at, _ in whole[0]] == [0]  # type: ignore[attr-defined]


def test_one_that_was_turned_away_when_it_first_followed_may_be_taken_when_it_follows_again(tmp_path: Path) -> None:
    only_if = 'count("Product Viewed") >= 2'
    pieces, whole = (story(tmp_path / name, only_if, ticks=name == "pieces") for name in ("pieces", "whole"))
    assert pieces == whole
    assert [acted_at - at for at, acted_at, _ in whole[0]] == [HOUR]  # type: ignore[attr-defined]
    assert whole[2] == {("keen", "entered"): 1}


@pytest.mark.parametrize("other", ['event("Products Searched")', 'after(time("Products Searched"), "0s")', 'every("10:00")'])
def test_a_moment_may_come_after_one_of_another_kind_was_taken(tmp_path: Path, other: str) -> None:
    when = f"""
    journey: keen
    when:
      - reaches("Product Viewed", n=2, within="1d")
      - {other}
    only_if: True
    reentry: always
    holdout: 0%
    steps:
      - send: first
    """
    with Town(tmp_path, {"keen.yml": when}, start="2026-03-01T00:00:00Z", templates=("first",)) as town:
        town.at("2026-03-01T09:00:00Z").track("Product Viewed", product_id="a")
        town.at("2026-03-01T10:00:00Z").track("Products Searched", query="lamp")
        assert town.tick().entered == 1
        town.at("2026-03-01T10:30:00Z").track("Product Viewed", product_id="b")
        assert town.tick().entered == 1
