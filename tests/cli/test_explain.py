"""What `explain` says at the command line: of definitions, rungs and journeys, and of what it does not know."""

from pathlib import Path

import pytest
from tests.cli.conftest import Opportune

MORE = """\
ladders:
  stage:
    rungs:
      - buyer: segment.buyers
      - looker: did("Product Viewed")
    otherwise: nobody
scores:
  warmth:
    parts:
      - {name: bought, weight: 60, value: metric.orders}
      - {name: points, weight: 40, value: trait.points}
"""


@pytest.fixture
def explaining(stocked: Path) -> Path:
    """The shop with a ladder and a score."""
    path = stocked / "definitions.yml"
    path.write_text(path.read_text() + MORE)
    return stocked


def test_a_segment_is_told_with_what_made_it_so_and_what_would_change_it(opportune: Opportune, explaining: Path) -> None:
    called = opportune("explain", "ann", "buyers")
    assert (called.status, called.err) == (0, "")
    assert called.out == "✗ buyers\n└─ ✗ any Order Completed\nIt would be true if Order Completed happened once more.\n"
    assert opportune("explain", "ann", "segment.buyers").out == called.out


def test_a_ladder_is_told_down_to_the_rung_that_holds(opportune: Opportune, explaining: Path) -> None:
    assert opportune("explain", "ann", "stage").out.splitlines() == [
        "· stage is “looker”",
        "├─ ✗ buyer",
        "│  └─ ✗ segment.buyers",
        "│     └─ ✗ any Order Completed",
        "└─ ✓ looker",
        "   └─ ✓ any Product Viewed, last on 2026-03-01 10:00:00 UTC",
        "It would be “buyer” if Order Completed happened once more.",
    ]


def test_a_rung_can_be_asked_about_by_itself(opportune: Opportune, explaining: Path) -> None:
    assert opportune("explain", "ann", "stage.buyer").out.splitlines() == [
        "✗ stage.buyer",
        "└─ ✗ ladder.stage is “looker” (needs exactly “buyer”)",
        "It would be true if Order Completed happened once more.",
    ]


def test_a_metric_is_told_with_its_last_event(opportune: Opportune, explaining: Path) -> None:
    assert opportune("explain", "cid", "orders").out.splitlines() == [
        "· orders is 1",
        "└─ · number of Order Completed: 1, last on 2026-03-02 13:00:00 UTC",
    ]


def test_a_score_says_how_much_of_its_weight_is_known(opportune: Opportune, explaining: Path) -> None:
    first, bought, *_ = opportune("explain", "cid", "warmth").out.splitlines()
    assert first == "· warmth is 10, from the 60 % of its weight that are known"
    assert bought == "├─ · bought: 1 (weight 60 %)"


def test_without_a_name_she_is_told_altogether(opportune: Opportune, explaining: Path) -> None:
    assert opportune("explain", "cid").out.splitlines() == [
        "cid at 2026-03-03 00:00:00 UTC",
        "├─ score warmth: 10, from the 60 % of its weight that are known",
        "├─ ladder stage: “buyer”",
        "├─ in 2 segments: buyers, shared",
    ]


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("ann", "stag"), 2, "opportune: no definition, journey or message is called 'stag'\n  Did you mean 'stage'?\n"),
        (
            ("ann", "stage.bayer"),
            2,
            "opportune: no definition, journey or message is called 'stage.bayer'\n  Did you mean 'stage.buyer'?\n",
        ),
        (
            ("zoe",),
            1,
            "opportune: nothing is known of 'zoe' by 2026-03-03 00:00:00 UTC\n"
            "  Name a customer_id as `opportune evaluate` lists them, or a later --at.\n",
        ),
        (("ann", "--at", "noon"), 2, "opportune: --at 'noon' is no time\n  Write ISO 8601 in UTC, such as 2026-03-01T00:00:00Z.\n"),
    ],
)
def test_what_is_not_known_is_said_with_a_remedy(
    opportune: Opportune, explaining: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    called = opportune("explain", *words)
    assert (called.status, called.out, called.err) == (status, "", said)


def test_of_many_names_some_are_listed(opportune: Opportune, explaining: Path) -> None:
    path = explaining / "definitions.yml"
    many = "".join(f'  metric_{n}: count("Order Completed")\n' for n in range(40))
    path.write_text(path.read_text().replace("metrics:\n", "metrics:\n" + many))
    called = opportune("explain", "ann", "zzzzzzzz")
    assert called.err.count(",") == 20  # 19 between names, one before them
    assert called.err.rstrip().endswith(" more")
