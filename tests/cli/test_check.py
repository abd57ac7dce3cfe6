"""`init`, `check` and `apply`: what is wrong is told at once, with its place; what the data taught counts."""

from pathlib import Path

import duckdb
import pytest
from tests.cli.conftest import PROJECT, Opportune, written


def test_a_new_project_is_sound(opportune: Opportune, folder: Path) -> None:
    called = opportune("init", "new", "--currency", "EUR")
    assert (called.status, called.err) == (0, "")
    assert "wrote new/opportune.yml\n" in called.out
    checked = opportune("check", "--project", "new", "--strict")
    assert checked.status == 0
    assert "no problems, no warnings" in checked.out
    assert all(" is a heuristic " in line for line in checked.err.splitlines())  # what its predictions are, is told


def test_init_overwrites_nothing(opportune: Opportune, folder: Path) -> None:
    (folder / "opportune.yml").write_text("mine")
    called = opportune("init", ".")
    assert (called.status, called.out) == (1, "")
    assert called.err.endswith("opportune.yml is already there, so nothing was written; choose an empty folder\n")
    assert [path.name for path in folder.iterdir()] == ["opportune.yml"]


def test_init_wants_a_currency_code(opportune: Opportune, folder: Path) -> None:
    called = opportune("init", "new", "--currency", "euro")
    assert called.status == 2
    assert called.err == "opportune: --currency 'euro' is no currency code; write three capitals, such as USD\n"
    assert list(folder.iterdir()) == []


def test_every_problem_is_told_at_once(opportune: Opportune, folder: Path) -> None:
    written(folder)
    (folder / "a.yml").write_text('metrics:\n  x: count("Order Complete")\nsegmnts: {}\n')
    (folder / "b.yml").write_text('segments:\n  y: age("Order Completed") > 3\n')
    called = opportune("check")
    assert called.status == 1
    assert "a.yml:2: no event is called 'Order Complete' [E103]\n  Did you mean 'Order Completed'?\n" in called.err
    assert "a.yml:3:" in called.err
    assert "b.yml:2: 3 has no unit where a duration is wanted [E109]\n" in called.err
    assert called.out.endswith(": 3 problems, no warnings\n")


def test_check_leaves_nothing_behind(opportune: Opportune, shop: Path) -> None:
    assert opportune("check").status == 0
    assert not (shop / ".opportune").exists()


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("big.yml", b"# " + b"x" * 10_000_000, "big.yml: this file is larger than 1,000,000 bytes [E127]"),
        ("binary.yml", b"metrics:\n  a: \xff\xfe\x00", "binary.yml:2: this file is no UTF-8 [E127]"),
        ("control.yml", b"metrics:\n  a: \x01\x02", "control.yml:"),
    ],
)
def test_a_hostile_file_is_a_problem_and_no_more(opportune: Opportune, shop: Path, name: str, content: bytes, said: str) -> None:
    (shop / name).write_bytes(content)
    called = opportune("check")
    assert called.status == 1
    assert called.err.startswith(said)


EXTRA = """\
segments:
  rubbed: did("Lamp Rubbed")
  slip: did("Lamp Rubed")
"""


def test_names_that_arrived_are_known_and_slips_of_them_are_problems(opportune: Opportune, stocked: Path) -> None:
    (stocked / "extra.yml").write_text(EXTRA)
    called = opportune("check")
    assert called.err == "extra.yml:3: no event is called 'Lamp Rubed' [E103]\n  Did you mean 'Lamp Rubbed'?\n"
    assert called.status == 1


def test_before_any_data_arrived_a_new_name_is_a_warning(opportune: Opportune, shop: Path) -> None:
    (shop / "extra.yml").write_text(EXTRA)
    called = opportune("check")
    assert called.status == 0
    assert called.err.count("warning: no event is called") == 2


def test_properties_and_traits_that_arrived_are_known(opportune: Opportune, shop: Path) -> None:
    (shop / "rows.ndjson").write_text(
        '{"event_id":"1","customer_id":"ann","name":"Product Viewed","ts":"2026-03-01T10:00:00Z","colour":"red"}\n'
        '{"type":"identify","messageId":"2","userId":"ann","timestamp":"2026-03-01T10:00:00Z","traits":{"country":"US"}}\n'
    )
    assert opportune("import", "rows.ndjson").status == 0
    (shop / "extra.yml").write_text(
        'segments:\n  a: did("Product Viewed", colour == "red") and trait.country == "US"\n'
        '  b: did("Product Viewed", color == "red")\n  c: trait.contry == "US"\n'
    )
    called = opportune("check")
    assert called.err == (
        "extra.yml:3: 'Product Viewed' has no property called 'color' [E104]\n  Did you mean 'colour'?\n"
        "extra.yml:4: no trait is called 'contry' [E104]\n  Did you mean 'country'?\n"
    )


def test_check_works_while_another_command_has_the_store(opportune: Opportune, stocked: Path) -> None:
    (stocked / ".opportune" / "events.duckdb").write_bytes(b"held by somebody else, as far as this process can tell" * 100)
    called = opportune("check")
    assert called.status == 0
    assert "the event store cannot be opened now" in called.err


def test_applying_again_changes_nothing_and_says_so(opportune: Opportune, shop: Path) -> None:
    first = opportune("apply")
    assert (first.status, first.out.splitlines()[0]) == (0, "+ cart")
    again = opportune("apply")
    assert (again.status, again.out.splitlines()[0]) == (0, "= cart")
    assert ": 0 changed, 0 gone, 1 run\n" in again.out


def test_applying_says_what_an_earlier_version_left_behind(opportune: Opportune, stocked: Path) -> None:
    for within in ("1h", "2h"):
        (stocked / "more.yml").write_text(f"""derived: {{Pause: {{when: 'lapse("Product Viewed", within="{within}")'}}}}\n""")
        assert opportune("evaluate").status == 0
        swept = opportune("apply").out.splitlines()[-1]
    assert swept == "no longer needed and taken out of the store: 1 derived event"


def test_a_project_with_problems_is_not_applied(opportune: Opportune, shop: Path) -> None:
    opportune("apply")
    (shop / "definitions.yml").write_text(PROJECT["definitions.yml"].replace("reentry: 1d", "reentry: soon"))
    called = opportune("apply")
    assert (called.status, called.out) == (1, "")
    (shop / "definitions.yml").write_text(PROJECT["definitions.yml"])
    assert "= cart\n" in opportune("apply").out


def test_a_journey_on_an_event_only_this_shop_has_is_applied_and_stays_applicable(opportune: Opportune, stocked: Path) -> None:
    with duckdb.connect(str(stocked / ".opportune" / "events.duckdb")) as store:
        store.execute("UPDATE events SET name = 'Product Views' WHERE name = 'Lamp Rubbed'")  # two edits from a built-in name
    own = PROJECT["definitions.yml"].replace('lapse("Product Added"', 'lapse("Product Views"')
    (stocked / "definitions.yml").write_text(own)
    assert opportune("check").err == ""
    assert opportune("apply").status == 0
    assert opportune("report").status == 0
    assert "= cart\n" in opportune("apply").out


RUBBED = (
    '{"event_id":"1","customer_id":"ann","name":"Lamp Rubbed","ts":"2026-03-01T10:00:00Z","wishes":3,"genie":"Jinn"}\n'
    '{"event_id":"2","customer_id":"ann","name":"Lamp Rubbed","ts":"2026-03-09T10:00:00Z","wishes":"many","genie":"Jinn"}\n'
    '{"event_id":"3","customer_id":"ann","name":"Lamp Rubbed","ts":"2026-03-09T10:00:01Z","wishes":2,"id":9007199254740993}\n'
)


def test_what_arrived_is_learned_into_a_file_that_is_added_to_and_never_changed(opportune: Opportune, shop: Path) -> None:
    (shop / "rows.ndjson").write_text(RUBBED)
    assert opportune("import", "rows.ndjson").status == 0
    called = opportune("check", "--learn")
    assert called.status == 0
    assert (
        "conflict: 'wishes' of 'Lamp Rubbed': number in 2 (2026-03-01 to 2026-03-09, such as '2'), text in 1 (2026-03-09, such as 'many')\n"
        in called.out
    )
    assert (
        "tracking-plan.yml: Lamp Rubbed (3 seen, 1 Mar 2026 to 9 Mar 2026, from import): genie text, id text, wishes number\n" in called.out
    )
    assert "tracking-plan.yml: 1 event and 3 properties added\n" in called.out
    plan = shop / "tracking-plan.yml"
    assert "  Lamp Rubbed:  # 3 seen\n    properties:\n      genie: text\n      id: text\n      wishes: number\n" in plan.read_text()
    assert "'wishes' of 'Lamp Rubbed' is declared number, and one value was text, last on 2026-03-09, such as 'many' [E153]" in called.err
    edited = plan.read_text().replace("wishes: number", "wishes: text # ours")
    plan.write_text(edited)
    again = opportune("check", "--learn")
    assert "no events and no properties added\n" in again.out
    assert plan.read_text() == edited


def test_nothing_is_learned_where_nothing_arrived(opportune: Opportune, shop: Path) -> None:
    called = opportune("check", "--learn")
    assert called.status == 0
    assert "nothing has arrived yet, so tracking-plan.yml is not written" in called.err
    assert not (shop / "tracking-plan.yml").exists()


def test_a_window_longer_than_the_history_is_told_and_one_within_it_is_not(opportune: Opportune, shop: Path) -> None:
    (shop / "rows.ndjson").write_text(RUBBED)
    assert opportune("import", "rows.ndjson").status == 0
    (shop / "extra.yml").write_text('metrics:\n  a: count("Lamp Rubbed", within="7d")\n  b: count("Lamp Rubbed", within="9d")\n')
    called = opportune("check")
    assert 'extra.yml:3: warning: within="9d" reaches back beyond the first event, 8 days ago [E147]' in called.err
    assert "extra.yml:2:" not in called.err
