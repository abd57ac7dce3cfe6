"""What live decided beside what its backtest decides, as rows of the files that `opportune backtest` writes."""

from collections.abc import Iterable
from pathlib import Path

from tests.live.serving import done, rows, state

from opportune.cli.csv_files import write_csv
from opportune.cli.rows import ENROLMENT_COLUMNS, MESSAGE_COLUMNS, enrolment_row, message_row
from opportune.language.vocabulary.instants import EARLIEST, Instant, format_instant
from opportune.shell.workspace import Workspace

Row = tuple[tuple[str, str], ...]
_DECISION = ("journey", "step", "customer_id", "channel", "address", "entered_at", "due_at", "decided_at", "message_id")


def watermark(folder: Path) -> Instant:
    """Everything up to here has been decided."""
    return Instant(int(state(folder, "SELECT value FROM facts WHERE name = 'watermark'")[0][0]))


def both(folder: Path) -> tuple[dict[str, set[Row]], dict[str, set[Row]]]:
    """Live's rows and backtest's, by file. Nobody serves the project now."""
    end = watermark(folder)
    start = Instant(int(state(folder, "SELECT value FROM facts WHERE name = 'live_since'")[0][0]))
    lived, tested = folder.parent / "lived", folder.parent / "tested"
    workspace = Workspace(folder)
    write_csv(lived / "enrolments.csv", ENROLMENT_COLUMNS, map(enrolment_row, workspace.journeys.enrolments()))
    write_csv(lived / "messages.csv", MESSAGE_COLUMNS, map(message_row, workspace.journeys.messages(EARLIEST, end)))
    workspace.close()
    done("backtest", "--from", format_instant(start), "--to", format_instant(end), "--out", tested, project=folder)
    return _read(lived), _read(tested)


def _read(folder: Path) -> dict[str, set[Row]]:
    return {
        "enrolments": _unique(tuple(row.items()) for row in rows(folder / "enrolments.csv")),
        "messages": _unique(_decision(row) for row in rows(folder / "messages.csv")),
    }


def _unique(found: Iterable[Row]) -> set[Row]:
    listed = list(found)
    assert len(set(listed)) == len(listed), "a row came twice"
    return set(listed)


def _decision(row: dict[str, str]) -> Row:
    """What was decided; how the hand-over went is live's alone."""
    held = row["reason"] if row["status"] == "held" else ""
    return (*((name, row[name]) for name in _DECISION), ("held", held))


def difference(live: set[Row], tested: set[Row], most: int = 20) -> str:
    """The rows only one of the two has, by customer; empty when there are none."""
    found = sorted(
        (dict(row)["customer_id"], which, row) for which, some in (("live", live - tested), ("backtest", tested - live)) for row in some
    )
    lines = [f"{which:9} {' '.join(f'{name}={value}' for name, value in row)}" for _, which, row in found]
    head = [f"{len(live - tested)} rows only live, {len(tested - live)} only in the backtest, {len(live & tested)} in both"]
    return "\n".join([*head, *lines[:most]]) if found else ""
