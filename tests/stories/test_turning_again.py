"""A customer who turns again soon after: another moment, unless the first one no longer follows."""

from pathlib import Path

from tests.stories.town import Town

LEFT = {
    "left.yml": """
    journey: left
    when: leaves(count("Product Viewed", within="30m") >= 1 and not did("Order Completed", within="3h"))
    reentry: always
    holdout: 0%
    steps:
      - send: first
    """
}


def test_a_turn_that_no_event_caused_still_follows_when_the_next_one_comes(tmp_path: Path) -> None:
    with Town(tmp_path, LEFT, start="2026-03-01T00:00:00Z", templates=("first",)) as town:
        town.at("2026-03-01T10:00:00Z").track("Product Viewed", product_id="a")
        town.at("2026-03-01T10:40:00Z").track("Product Viewed", product_id="a")
        town.at("2026-03-01T12:00:00Z").tick()
        assert town.workspace.journeys.turned() == {("left", "entered"): 2}
        town.track("Product Viewed", ts="2026-03-01T11:05:00Z", product_id="a")
        town.at("2026-03-01T12:05:00Z").tick()
        assert town.workspace.journeys.turned() == {("left", "entered"): 2, ("left", "restates a moment already taken"): 1}
