"""One rung of a ladder at a time: who may enter, whom an entry ends, and what frees a rung."""

from pathlib import Path

import pytest
from tests.stories.town import SETTINGS, Town

from opportune.language.vocabulary.instants import format_instant

RULES = "rungs: {abandonment: [checkout, cart, product]}\ncaps: {none: true}\n"
JOURNEYS = """
journeys:
  checkout: {when: event("Checkout Started"), reentry: always, holdout: HELD, rung: abandonment.checkout, exit_if: BOUGHT, steps: STEPS}
  cart: {when: event("Product Added"), reentry: always, holdout: HELD, rung: abandonment.cart, exit_if: BOUGHT, steps: STEPS}
  product: {when: event("Product Viewed"), reentry: always, holdout: HELD, rung: abandonment.product, exit_if: BOUGHT, steps: STEPS}
  beside: {when: event("Product Viewed"), reentry: always, holdout: HELD, steps: [{wait: 1h}, {send: d}]}
"""


def files(held: str = "0%") -> dict[str, str]:
    bought = "'did(\"Order Completed\", since=entry)'"
    journeys = JOURNEYS.replace("HELD", held).replace("BOUGHT", bought)
    for name, template in zip(("checkout", "cart", "product"), "abc", strict=True):
        journeys = journeys.replace("STEPS", f"[{{wait: 1h}}, {{send: {template}}}]", 1).replace(
            f"{name}: {{", f"{name}: {{label: {name}, ", 1
        )
    return {"opportune.yml": SETTINGS + RULES, "journeys.yml": journeys}


@pytest.fixture
def town(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Town(tmp_path, files(), start="2026-03-01T00:00:00Z", templates=tuple("abcd")) as town:
        town.at("2026-03-01T08:00:00Z").identify("ann", email="ann@example.com").track("Consent Given", purpose="email")
        yield town


def outcomes(town: Town) -> list[tuple[str, str]]:
    return [(e.journey, e.outcome or "active") for e in town.enrolments() if e.journey != "beside"]


def test_a_moment_at_or_below_an_active_rung_is_recorded_and_not_entered(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Added")
    town.at("2026-03-01T10:10:00Z").track("Product Viewed")
    town.at("2026-03-01T10:20:00Z").track("Product Added").tick()
    assert outcomes(town) == [("cart", "active")]
    turned = town.workspace.journeys.turned()
    assert (turned["product", "outranked"], turned["cart", "outranked"], turned["beside", "entered"]) == (1, 1, 1)


def test_entry_to_a_higher_rung_ends_those_below_at_that_instant_and_they_send_no_more(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Viewed").tick()
    town.at("2026-03-01T10:59:59Z").track("Product Added")
    town.at("2026-03-01T12:00:00Z").tick()
    assert outcomes(town) == [("cart", "completed"), ("product", "outranked")]
    ended = next(e.ended_at for e in town.enrolments() if e.journey == "product")
    assert ended is not None
    assert format_instant(ended) == "2026-03-01T10:59:59Z"
    assert sorted(m.step for m in town.messages()) == ["b", "d"]


def test_what_ended_frees_its_rung_at_that_instant(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Added")
    town.at("2026-03-01T10:20:00Z").track("Order Completed", order_id="o").track("Product Viewed")
    town.at("2026-03-01T10:30:00Z").track("Product Added")
    town.at("2026-03-01T10:40:00Z").tick()
    assert outcomes(town) == [("cart", "exit_if"), ("cart", "active"), ("product", "outranked")]
    town.at("2026-03-01T11:30:00Z").tick()
    town.at("2026-03-01T11:30:00.000001Z").track("Product Viewed").tick()
    assert outcomes(town)[2:] == [("product", "outranked"), ("product", "active")]


def test_one_that_ends_at_the_very_instant_of_a_moment_by_its_last_step_still_stands(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Added")
    town.at("2026-03-01T11:00:00Z").track("Product Viewed").tick()
    assert outcomes(town) == [("cart", "completed")]


def test_who_is_held_out_stands_on_her_rung_like_others(tmp_path: Path) -> None:
    with Town(tmp_path, files("100%"), start="2026-03-01T00:00:00Z", templates=tuple("abcd")) as town:
        town.at("2026-03-01T10:00:00Z").track("Product Added")
        town.at("2026-03-01T10:10:00Z").track("Product Viewed").track("Checkout Started").tick()
        assert outcomes(town) == [("cart", "outranked"), ("checkout", "active")]


def test_of_two_journeys_that_one_trigger_enters_the_higher_goes_first(tmp_path: Path) -> None:
    both = files()
    both["journeys.yml"] = both["journeys.yml"].replace(
        'event("Product Viewed"), reentry: always, holdout: 0%, rung', 'event("Product Added"), reentry: always, holdout: 0%, rung'
    )
    both["journeys.yml"] = both["journeys.yml"].replace("product:", "a-product:")
    with Town(tmp_path, both, start="2026-03-01T00:00:00Z", templates=tuple("abcd")) as town:
        town.at("2026-03-01T10:00:00Z").track("Product Added").tick()
        assert outcomes(town) == [("cart", "active")]
        assert town.workspace.journeys.turned()["a-product", "outranked"] == 1


def test_of_customers_who_become_one_the_higher_rung_stays(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Added", user=None, anonymous="cookie")
    town.at("2026-03-01T10:10:00Z").track("Product Viewed")
    town.at("2026-03-01T10:20:00Z").identify("ann", anonymous="cookie")
    town.at("2026-03-01T10:30:00Z").tick()
    assert outcomes(town) == [("cart", "active"), ("product", "outranked")]
    assert {e.customer_id for e in town.enrolments()} == {"ann"}
