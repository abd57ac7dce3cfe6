"""`opportune memberships`: columns, edges of the range, rungs and bands, and what it says to a wrong name."""

from pathlib import Path

from tests.cli.conftest import Opportune

MORE = """\
segments:
  adding: count("Product Added", within="1h") >= 1
ladders:
  stage:
    rungs:
      - buyer: did("Order Completed")
    otherwise: visitor
tiers:
  worth:
    by: sum("Order Completed", total) if did("Order Completed") else None
    bands: [{high: 50%}, {low: 50%}]
"""


def stays(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_stay_begins_and_ends_at_the_very_instant(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text(MORE)
    called = opportune("memberships", "--names", "adding", "--out", "stays.csv")
    assert (called.status, called.out) == (0, "3 stays in 1 definition → stays.csv\n")
    assert stays(stocked / "stays.csv") == [
        "customer_id,definition,entered_at,left_at",
        "ann,adding,2026-03-01T10:05:00.5Z,2026-03-01T11:05:00.5Z",
        "bob,adding,2026-03-02T12:00:00Z,2026-03-02T13:00:00Z",
        "cid,adding,2026-03-02T12:00:00Z,2026-03-02T13:00:00Z",
    ]


def test_a_range_keeps_the_stays_it_overlaps_with_their_true_beginning(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text(MORE)
    words = ("memberships", "--names", "adding", "--out", "stays.csv")
    opportune(*words, "--from", "2026-03-01T11:05:00.5Z", "--to", "2026-03-02T12:30:00Z")
    assert stays(stocked / "stays.csv")[1:] == ["bob,adding,2026-03-02T12:00:00Z,", "cid,adding,2026-03-02T12:00:00Z,"]
    opportune(*words, "--from", "2026-03-01T11:05:00.499999Z", "--to", "2026-03-01T11:05:00.5Z")
    assert stays(stocked / "stays.csv")[1:] == ["ann,adding,2026-03-01T10:05:00.5Z,2026-03-01T11:05:00.5Z"]


def test_rungs_and_bands_are_stays_too(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text(MORE)
    assert opportune("memberships", "--names", "stage,worth", "--out", "stays.csv").status == 0
    found = stays(stocked / "stays.csv")[1:]
    assert "bob,stage.buyer,2026-03-01T12:00:00Z," in found
    assert "ann,stage.visitor,2026-03-01T10:00:00Z," in found
    assert not any(row.startswith("ann,worth") for row in found)


def test_a_wrong_name_is_answered_with_the_right_one(opportune: Opportune, stocked: Path) -> None:
    called = opportune("memberships", "--names", "buyer", "--out", "stays.csv")
    assert (called.status, called.err) == (2, "opportune: no segment, ladder or tier is called 'buyer'\n  Did you mean 'buyers'?\n")
    assert not (stocked / "stays.csv").exists()


def test_stays_of_all_definitions_stand_in_one_order(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text(MORE)
    called = opportune("memberships", "--out", "stays.csv")
    found = [line.split(",") for line in stays(stocked / "stays.csv")[1:]]
    assert called.out == f"{len(found)} stays in 5 definitions → stays.csv\n"
    assert found == sorted(found)
    assert {row[1] for row in found} >= {"adding", "stage.buyer", "stage.visitor"}
