"""Tables of text: what fits stands in columns, many journeys in rows, nothing wider than a terminal."""

from tests.web.replays import NAMES, figures

from opportune.cli.tables import WIDTH, backtest_table, summary_table
from opportune.stages.measurement.replayed import ReplayFigures


def table(found: ReplayFigures, shown: object = backtest_table) -> str:
    turned = {(each.summary.journey, why): number for each in found.journeys for why, number in each.turned.items()}
    assert callable(shown)
    return str(shown("What would have been", [each.summary for each in found.journeys], "EUR", turned))


def test_one_journey_stands_in_a_column() -> None:
    found = figures(NAMES[:1])
    lines = [line.split() for line in table(found).splitlines()]
    assert ["enrolled", f"{found.journeys[0].summary.enrolled:,}"] in lines
    assert ["not", "entered:", "outranked", f"{found.journeys[0].turned['outranked']}"] in lines


def test_many_journeys_stand_in_rows_with_their_reasons_below() -> None:
    found = figures(tuple(f"{name}-{n}" for n in range(3) for name in NAMES))
    written = table(found)
    for each in found.journeys:
        rows = [line.split() for line in written.splitlines() if line.split()[:1] == [each.summary.journey]]
        assert rows[0][1:4] == [f"{each.summary.enrolled:,}", f"{each.summary.held_out:,}", f"{each.summary.mails:,}"]
        assert all(f"{number:,} {why}" in written for why, number in each.turned.items() if number)
    assert written.index(" not entered\n") < written.index(" message held\n")


def test_no_table_is_wider_than_a_terminal() -> None:
    for names in (NAMES[:1], NAMES[:2], NAMES, tuple(f"{name}-in-the-second-shop-{n}" for n in range(9) for name in NAMES)):
        for shown in (backtest_table, summary_table):
            assert max(map(len, table(figures(names), shown).splitlines())) <= WIDTH, names


def test_no_journeys_are_no_fault() -> None:
    assert table(figures(())).startswith("What would have been\n")
