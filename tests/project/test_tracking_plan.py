"""The tracking plan: what is written down of what arrived, what stays, and what is warned of."""

# ruff: noqa: E501  # messages stand here as people see them

from dataclasses import replace
from pathlib import Path

from tests.project.shop import project, written

from opportune.adapters.project.project import read_project
from opportune.adapters.project.tracking_plan import FILE, MOST, additions, conflicts, crowded, misfits, violations
from opportune.adapters.project.tracking_plan import written as plan
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.events.tracking_plan import Arrived, Seen

FIRST, LAST = parse_instant("2026-01-01T00:00:00Z"), parse_instant("2026-03-01T00:00:00Z")


def came(name: str, said: str, seen: int = 1, *, event: str = "Lamp Rubbed", beyond: int = 0) -> Arrived:
    return Arrived(event=event, property=name, said=said, seen=seen, beyond=beyond, first=FIRST, last=LAST)


def test_the_kind_of_most_values_is_written_and_ids_too_long_for_numbers_as_text(tmp_path: Path) -> None:
    ways = (
        came("wishes", "number", 9), came("wishes", "text", 1), came("done", "boolean"), came("when", "time"), came("note", "time", 5),
        came("note", "text"), came("zip", "digits"), came("id", "number", beyond=1), came("parts", "list"), came("total", "number"),
    )  # fmt: skip
    found = additions(Seen(events={"Lamp Rubbed": 10, "Order Completed": 3, "Silence Fell": 1}, properties=ways), project(tmp_path))
    assert found == {
        "Lamp Rubbed": {"done": "boolean", "id": "text", "note": "text", "when": "time", "wishes": "number", "zip": "text"},
        "Silence Fell": {},
    }


def test_what_is_declared_by_hand_is_never_written(tmp_path: Path) -> None:
    known = project(tmp_path, a="events:\n  Lamp Rubbed: {properties: {wishes: text}}\n")
    assert additions(Seen(events={"Lamp Rubbed": 1}, properties=(came("wishes", "number"),)), known) == {}


def test_a_property_keeps_the_kind_that_definitions_read_it_as(tmp_path: Path) -> None:
    known = project(tmp_path, a='metrics:\n  a: sum("Lamp Rubbed", wishes)\n  b: count("Lamp Rubbed", done == True)\n')
    ways = (came("wishes", "text", 9), came("done", "number", 9), came("genie", "text"))
    assert additions(Seen(events={}, properties=ways), known) == {"Lamp Rubbed": {"done": "boolean", "genie": "text", "wishes": "number"}}


def test_a_later_run_adds_what_is_new_and_leaves_words_and_comments(tmp_path: Path) -> None:
    first = plan(None, {"Lamp Rubbed": {"wishes": "number"}, "Silence Fell": {}}, Seen(events={"Lamp Rubbed": 9}, properties=()))
    assert first == (
        "# What arrived, as `opportune check --learn` saw it. Yours to edit: a later run adds what is new and changes nothing here.\n"
        "events:\n  Lamp Rubbed:  # 9 seen\n    properties:\n      wishes: number\n  Silence Fell: {} # 0 seen\n"
    )
    edited = first.replace("wishes: number", "wishes: text  # three, as a rule")
    second = plan(edited, {"Lamp Rubbed": {"genie": "text"}}, Seen(events={}, properties=()))
    assert second == edited.replace("as a rule\n", "as a rule\n      genie: text\n")
    assert read_project(written(tmp_path, {FILE: second})).problems == ()


def test_conflicts_tell_how_many_of_which_kind_came_when(tmp_path: Path) -> None:
    ways = (
        came("wishes", "number", 9),
        came("wishes", "text", 1),
        came("id", "number", beyond=2),
        came("note", "text"),
        came("note", "time"),
        came("total", "text", event="Order Completed"),
    )
    assert conflicts(Seen(events={}, properties=ways), project(tmp_path)) == [
        "'id' of 'Lamp Rubbed': 2 numbers beyond 2^53, which are exact only as text",
        "'wishes' of 'Lamp Rubbed': number in 9 (2026-01-01 to 2026-03-01), text in 1 (2026-01-01 to 2026-03-01)",
        "'total' of 'Order Completed': text in 1 (2026-01-01 to 2026-03-01); it is money",
    ]


def test_what_is_not_as_declared_is_warned_of_at_its_declaration(tmp_path: Path) -> None:
    known = project(tmp_path, a="events:\n  Lamp Rubbed:\n    properties:\n      wishes: number\n      paid: money\n      id: text\n")
    ways = (
        came("wishes", "text", 1200),
        came("wishes", "digits"),
        came("paid", "digits"),
        came("id", "number"),
        came("genie", "text"),
        came("parts", "list"),
    )
    assert [str(problem) for problem in violations(Seen(events={}, properties=ways), known)] == [
        "a.yml:4: warning: 'wishes' of 'Lamp Rubbed' is declared number, and 1,201 values were text, last on 2026-03-01 [E153]\n  They read as null. Let the sender mend them, or declare the kind they have.",
        "a.yml:2: warning: 'Lamp Rubbed' arrived with properties that nobody declared: 'genie' [E153]\n  Add them by hand, or with opportune check --learn.",
    ]


def test_of_ten_thousand_property_names_the_most_frequent_are_written_and_the_crowd_is_told(tmp_path: Path) -> None:
    seen = Seen(events={"Lamp Rubbed": 1}, properties=tuple(came(f"p{number}", "text", number + 1) for number in range(10_000)))
    found = additions(seen, project(tmp_path))
    assert len(found["Lamp Rubbed"]) == MOST
    assert "p9999" in found["Lamp Rubbed"]
    assert crowded(seen) == {"Lamp Rubbed": 10_000}


def test_what_is_of_another_kind_than_everybody_or_the_project_has_it_is_told_with_a_sample(tmp_path: Path) -> None:
    known = project(tmp_path, a="events:\n  Lamp Rubbed: {properties: {wishes: number}}\n")
    ways = (
        replace(came("wishes", "text", 2), sample="three"),
        came("wishes", "number"),
        replace(came("total", "text", event="Order Completed"), sample="free"),
        came("genie", "text"),
        came("products", "list", event="Order Completed"),
    )
    assert misfits(Seen(events={}, properties=ways), known) == {
        "Lamp Rubbed": ["wishes is number, and came as text 2 times, last on 2026-03-01, such as 'three'"],
        "Order Completed": ["total is money, and came as text once, last on 2026-03-01, such as 'free'"],
    }
