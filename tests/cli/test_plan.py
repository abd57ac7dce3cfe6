"""`plan` and `apply`: what would change is told before it does, and what was applied can be gone back to."""

import json
import sqlite3
from pathlib import Path

import pytest
from tests.cli.conftest import PROJECT, Opportune

DEFINITIONS = PROJECT["definitions.yml"]


def changed(shop: Path, old: str, new: str, file: str = "definitions.yml") -> None:
    path = shop / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_before_anything_was_applied_everything_is_added(opportune: Opportune, stocked: Path) -> None:
    called = opportune("plan")
    assert called.status == 0, called.err
    lines = [line.strip() for line in called.out.splitlines()]
    assert lines[0].endswith("compared with nothing, for nothing was applied yet:")
    for line in ("+ journey.cart", "+ metric.orders", "+ segment.buyers", "+ template hello.mjml", "+ opportune.yml: shop"):
        assert line in lines
    assert "segment.buyers          0 →         2   2 enter, 0 leave" in lines
    assert any(line.startswith("cart           – →") for line in lines)


def test_a_plan_of_what_runs_already_is_empty(opportune: Opportune, stocked: Path) -> None:
    opportune("apply")
    said = opportune("plan").out
    assert "Definitions: nothing changed" in said
    assert "nobody enters or leaves" in said
    assert "30 days before: as before, for no journey and no rule changed" in said
    assert "On the way: nobody is in a journey that changes" in said


def test_a_changed_definition_shows_both_texts_and_what_reads_it_is_named(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text('segments:\n  rich: metric.orders >= 1  # old\n  eager: did("Product Viewed")\n')
    opportune("apply")
    changed(stocked, 'orders: count("Order Completed")', 'orders: count("Product Added")')
    changed(stocked, "# old", "# new", "more.yml")
    changed(stocked, '  eager: did("Product Viewed")\n', "", "more.yml")
    lines = [line.strip() for line in opportune("plan", "--no-volume").out.splitlines()]
    assert lines[lines.index("~ metric.orders") + 1 :][:2] == ['-orders: count("Order Completed")', '+orders: count("Product Added")']
    assert lines[lines.index("- segment.eager") + 1] == '-eager: did("Product Viewed")'
    assert "~ segment.rich" in lines
    assert "segment.rich           2 →         3   1 enter, 0 leave" in lines
    assert "segment.eager          1 →         0   0 enter, 1 leave" in lines


def test_what_only_reads_something_changed_and_what_is_only_written_otherwise_are_told_apart(opportune: Opportune, stocked: Path) -> None:
    (stocked / "more.yml").write_text("segments:\n  rich: metric.orders >= 1\n  poor: metric.orders < 1\n")
    opportune("apply")
    changed(stocked, 'orders: count("Order Completed")', 'orders: count("Product Added")')
    assert "> segment.rich (changed by what it reads)" in opportune("plan", "--no-volume").out
    changed(stocked, 'orders: count("Product Added")', 'orders:   count("Order Completed")')
    said = opportune("plan", "--no-volume").out
    assert ". metric.orders (written otherwise, with the same meaning)" in said
    assert "segment.rich" not in said


def test_rungs_and_bands_tell_who_comes_and_goes(opportune: Opportune, stocked: Path) -> None:
    rungs = '[{{buyer: metric.orders >= {least}}}, {{looker: did("Product Added")}}]'
    ladder = f"ladders: {{{{keen: {{{{rungs: {rungs}, otherwise: none}}}}}}}}\n"
    (stocked / "ladder.yml").write_text(ladder.format(least=1))
    opportune("apply")
    (stocked / "ladder.yml").write_text(ladder.format(least=2))
    said = opportune("plan", "--no-volume").out
    assert "ladder.keen.buyer           2 →         0   0 enter, 2 leave" in said
    assert "ladder.keen.looker          1 →         3   2 enter, 0 leave" in said


def test_messages_a_week_are_those_of_a_backtest_before_and_after(opportune: Opportune, stocked: Path) -> None:
    changed(stocked, "holdout: 50%", "holdout: 0%")
    (stocked / "caps.csv").write_text("event_id,customer_id,name,ts,purpose\nc1,bob,Consent Given,2026-03-01T00:00:00Z,email\n")
    (stocked / "mail.ndjson").write_text(
        '{"messageId":"i1","type":"identify","userId":"bob","timestamp":"2026-03-01T00:00:00Z","traits":{"email":"bob@mail.example"}}\n'
    )
    assert opportune("import", "caps.csv", "mail.ndjson").status == 0
    opportune("apply")
    changed(stocked, 'within="2h"', 'within="90d"')
    lines = [line.split() for line in opportune("plan").out.splitlines()]
    assert ["cart", "0.2", "→", "0.0"] in lines, "one message in 30 days is 0.23 a week"
    assert ["all", "0.2", "→", "0.0"] in lines


def test_going_back_runs_what_ran_before_and_again_what_ran_then(opportune: Opportune, shop: Path) -> None:
    first = opportune("apply").out.splitlines()[-1].split()[1].rstrip(":")
    changed(shop, 'within="2h"', 'within="3h"')
    second = opportune("apply").out.splitlines()[-1].split()[1].rstrip(":")
    assert opportune("apply", "--back").out.splitlines()[-1].startswith(f"applied {first}: 1 changed")
    assert [line.split()[0] for line in opportune("plan", "--versions").out.splitlines()] == [first, second, first]
    assert f"compared with what runs ({first})" in opportune("plan").out
    assert "~ journey.cart" in opportune("plan", "--version", second).out
    assert opportune("apply", "--version", second[:6]).out.splitlines()[-1].startswith(f"applied {second}: 1 changed")
    assert opportune("apply", "--back").out.splitlines()[-1].startswith(f"applied {first}: 1 changed")
    assert 'within="3h"' in (shop / "definitions.yml").read_text(), "the files stay as they are"


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("apply", "--back"), 1, "opportune: nothing ran before\n"),
        (("apply", "--version", "abc"), 2, "opportune: 'abc' is no version that was applied\n  There are: none\n"),
        (("plan", "--version", ""), 0, ""),
        (("apply", "--back", "--version", "abc"), 2, "opportune: --back and --version both name what to switch to\n  Leave one out.\n"),
    ],
)
def test_what_was_never_applied_cannot_be_gone_back_to(
    opportune: Opportune, shop: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    called = opportune(*words)
    assert called.status == status
    assert called.err.startswith(said)
    assert opportune("plan", "--versions").out == "nothing was applied yet\n"


def test_a_project_without_events_or_journeys_has_a_plan(opportune: Opportune, shop: Path) -> None:
    (shop / "definitions.yml").write_text("metrics: {orders: 'count(\"Order Completed\")'}\n")
    called = opportune("plan")
    assert called.status == 0, called.err
    assert "People and messages: no events are stored yet" in called.out


def test_a_plan_of_files_with_problems_says_them_and_nothing_else(opportune: Opportune, shop: Path) -> None:
    changed(shop, "reentry: 1d", "reentry: soon")
    called = opportune("plan")
    assert (called.status, called.out) == (1, "")
    assert "definitions.yml" in called.err


def test_a_changed_template_is_taken_for_those_who_enter_from_now_on(opportune: Opportune, shop: Path) -> None:
    opportune("apply")
    before = _running(shop)
    changed(shop, "subject: Hello", "subject: Good morning", "templates/hello.mjml")
    said = opportune("apply").out
    assert "= cart\n" in said and "~ template hello.mjml\n" in said
    after = _running(shop)
    assert after[0] != before[0]
    assert after[1] == before[1], "no moment is lost"


def _running(shop: Path) -> tuple[str, int]:
    with sqlite3.connect(shop / ".opportune" / "state.sqlite") as state:
        (row,) = state.execute("SELECT version, applied_at FROM running").fetchall()
    state.close()
    return row


def test_what_was_replayed_for_a_plan_is_not_replayed_again_until_something_arrives(opportune: Opportune, stocked: Path) -> None:
    first = opportune("plan").out
    state = sqlite3.connect(stocked / ".opportune" / "state.sqlite")
    ((told,),) = state.execute("SELECT value FROM facts WHERE name = 'planned_volumes'").fetchall()
    ((key, found),) = json.loads(told).items()
    with state:
        state.execute("UPDATE facts SET value = ? WHERE name = 'planned_volumes'", [json.dumps({key: {**found, "cart": 77.0}})])
    state.close()
    assert "77.0" not in first
    assert "77.0" in opportune("plan").out
    (stocked / "more.csv").write_text("event_id,customer_id,name,ts\n99,ann,Page Viewed,2026-03-01T10:00:00Z\n")
    assert opportune("import", "more.csv").status == 0
    assert "77.0" not in opportune("plan").out
