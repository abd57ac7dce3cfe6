"""The examples of pages, run: projects in a folder, histories imported as a reader would import them, values and moments asked."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.project.shop import written

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project, read_project
from opportune.adapters.sources.files import ImportReport, import_files
from opportune.adapters.sources.mapped import read_mapping
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant
from opportune.shell.evaluation import columns_of, evaluate_all, moments_shown

TEMPLATE = "---\nsubject: Hello\n---\n<p>Hello</p><p>{{ shop.address }} {{ unsubscribe_url }} {{ why_url }}</p>\n"


def project_of(folder: Path, text: str) -> Project:
    """The project whose files a block shows (`a.yml`, or as `--- NAME` lines say), with the templates its journeys send."""
    parts = re.split(r"^--- (.+)\n", f"--- a.yml\n{text}\n", flags=re.MULTILINE)[1:]
    files = {name: body for name, body in zip(parts[::2], parts[1::2], strict=True) if body.strip()}
    for name in re.findall(r"\bsend: ([\w-]+)", text):
        if f"templates/{name}.mjml" not in files:
            files.setdefault(f"templates/{name}.html", TEMPLATE)
    return read_project(written(folder, files))


def imported(folder: Path, name: str, text: str, mapping: str | None = None) -> tuple[DuckDB, ImportReport]:
    """A store in memory with the history a block shows, saved under `name`; through a map when one is given."""
    engine = DuckDB.open(None, currency="EUR")
    source = folder / name
    source.write_text(text, encoding="utf-8")
    if mapping is None:
        return engine, import_files(engine.load, [source], set_aside=folder / "aside")
    plan = folder / "map.yml"
    plan.write_text(mapping, encoding="utf-8")
    return engine, import_files(engine.load, [source], read_mapping(plan), set_aside=folder / "aside")


def values(folder: Path, engine: DuckDB, expressions: Sequence[str], at: Instant) -> dict[str, dict[str, str]]:
    """Expression → customer → the value as `evaluate` writes it, `null` where it is empty."""
    names = {f"m{number}": expression for number, expression in enumerate(expressions)}
    lines = "".join(f"  {name}: |\n    {expression}\n" for name, expression in names.items())
    found = project_of(folder / "asked", f"metrics:\n{lines}")
    assert not found.problems, found.problems
    out = folder / "values.csv"
    evaluate_all(engine, columns_of(found.definitions, None), at, out)
    rows = read_csv(out)
    return {expression: {row["customer_id"]: row[name] or "null" for row in rows} for name, expression in names.items()}


def moments(folder: Path, engine: DuckDB, moment: str) -> list[tuple[str, str, str]]:
    """(customer, at, trigger) of a moment, all times."""
    found, _ = read_project(written(folder / "asked", {})).moment(moment, "page")
    out = folder / "moments.csv"
    engine.export(moments_shown((found,)), out, {"lo": EARLIEST, "hi": FOREVER, "max_lateness": FOREVER})
    return [(row["customer_id"], row["at"], row["trigger_event_id"]) for row in read_csv(out)]


def read_csv(path: Path) -> list[Mapping[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
