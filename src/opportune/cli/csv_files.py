"""CSV as DESIGN section 4 wants it: true/false, null empty, times ISO 8601 with Z, no exponents."""

import csv
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

Cell = None | bool | int | float | str


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a file, whole or not at all; gives the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    written = 0
    with draft.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        for row in rows:
            out.writerow([written_as(cell) for cell in row])
            written += 1
    draft.replace(path)
    return written


def written_as(cell: Cell) -> str:
    """One cell."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            return format(Decimal(repr(cell)), "f").removesuffix(".0") if math.isfinite(cell) else ""
        case _:
            return str(cell)
