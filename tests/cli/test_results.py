"""What the commands write: columns, formats, edges of time, exit codes. Scripts rely on every line of it."""

import json
import re
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from tests.cli.calling import rows
from tests.cli.conftest import HISTORY, Opportune

ALL = ["customer_id", "orders", "revenue", "since_order", "last_product", "metric.shared", "buyers", "segment.shared"]


def test_importing_the_same_again_stores_nothing(opportune: Opportune, stocked: Path) -> None:
    called = opportune("import", "history.csv")
    assert (called.status, called.out) == (0, "0 events stored, 7 were there already, 0 rows set aside\n")


def test_a_broken_row_is_set_aside_and_its_neighbours_are_stored(opportune: Opportune, shop: Path) -> None:
    lines = HISTORY.splitlines()
    (shop / "history.csv").write_text("\n".join([*lines[:3], "x,ann,Product Viewed,yesterday,lamp,,", *lines[3:]]) + "\n")
    called = opportune("import", "history.csv")
    assert (called.status, called.out) == (0, "7 events stored, 0 were there already, 1 rows set aside\n")
    assert "history.csv:4: ts is missing or no ISO 8601" in called.err
    strict = opportune("import", "history.csv", "--strict")
    assert (strict.status, strict.out) == (1, "0 events stored, 7 were there already, 1 rows set aside\n")


@pytest.mark.parametrize("words", [("nowhere.csv",), ("history.csv", "--map", "nowhere.yml"), ("opportune.yml",)])
def test_what_cannot_be_read_is_named(opportune: Opportune, stocked: Path, words: tuple[str, ...]) -> None:
    called = opportune("import", *words)
    assert (called.status, called.out) == (1, "")
    assert words[-1] in called.err


def test_evaluate_gives_a_row_a_customer_at_the_last_event(opportune: Opportune, stocked: Path) -> None:
    called = opportune("evaluate", "--out", "new/all.csv")
    assert (called.status, called.out) == (0, "3 rows, 7 columns → new/all.csv\n")
    assert (stocked / "new" / "all.csv").read_text() == (
        ",".join(ALL) + "\nann,0,0,,lamp,1,false,true\nbob,1,1234567890.0001,129600,,1,true,true\ncid,1,5,39600,,1,true,true\n"
    )


def test_evaluate_without_a_file_writes_the_same_to_standard_output(opportune: Opportune, stocked: Path) -> None:
    opportune("evaluate", "--out", "all.csv")
    assert opportune("evaluate").out == (stocked / "all.csv").read_text()


def test_evaluate_as_parquet_holds_the_same(opportune: Opportune, stocked: Path) -> None:
    opportune("evaluate", "--out", "all.parquet")
    found = duckdb.execute("SELECT customer_id, revenue::VARCHAR, buyers, last_product FROM 'all.parquet'").fetchall()
    assert found == [("ann", "0.0000", False, "lamp"), ("bob", "1234567890.0001", True, None), ("cid", "5.0000", True, None)]


def test_evaluate_at_a_moment_sees_nothing_later(opportune: Opportune, stocked: Path) -> None:
    opportune("evaluate", "--at", "2026-03-01T12:00:00Z", "--out", "noon.csv", "--names", "orders, metric.shared")
    assert (stocked / "noon.csv").read_text() == "customer_id,orders,metric.shared\nann,0,1\nbob,1,0\n"
    opportune("evaluate", "--at", "2026-03-01T11:59:59.999999Z", "--out", "noon.csv", "--names", "orders")
    assert (stocked / "noon.csv").read_text() == "customer_id,orders\nann,0\n"


def test_pairs_are_answered_as_seen_then_in_their_order(opportune: Opportune, stocked: Path) -> None:
    (stocked / "pairs.csv").write_text(
        "at,customer_id\n2026-03-02T18:00:00Z,cid\n2026-03-02T17:59:59.999999Z,cid\n2026-03-01,nobody\n2026-03-02T18:00:00Z,cid\n"
    )
    called = opportune("evaluate", "--pairs", "pairs.csv", "--names", "revenue,since_order,buyers", "--out", "answers.csv")
    assert called.status == 0
    assert (stocked / "answers.csv").read_text() == (
        "customer_id,at,revenue,since_order,buyers\n"
        "cid,2026-03-02T18:00:00Z,5,18000,true\n"
        "cid,2026-03-02T17:59:59.999999Z,0,,false\n"
        "nobody,2026-03-01T00:00:00Z,0,,false\n"
        "cid,2026-03-02T18:00:00Z,5,18000,true\n"
    )


def test_a_pair_after_the_last_event_reads_what_was_derived_by_then(opportune: Opportune, stocked: Path) -> None:
    (stocked / "visits.yml").write_text('metrics: {visits: count("Session Ended")}\n')
    (stocked / "pairs.csv").write_text("customer_id,at\ncid,2026-03-02T13:29:59Z\ncid,2026-03-09T00:00:00Z\n")
    opportune("evaluate", "--pairs", "pairs.csv", "--names", "visits", "--out", "visits.csv")
    assert [row["visits"] for row in rows(stocked / "visits.csv")] == ["1", "2"]


@pytest.mark.parametrize(
    "words", [("evaluate", "--at"), ("memberships", "--out", "m.csv", "--to"), ("moments", "cart", "--out", "m.csv", "--to")]
)
def test_a_moment_without_end_of_days_to_look_at_is_refused(opportune: Opportune, stocked: Path, words: tuple[str, ...]) -> None:
    called = opportune(*words, "9999-12-31T00:00:00Z")
    assert (called.status, called.err.splitlines()[0]) == (1, "opportune: 9999-12-31T00:00:00Z lies more than ten years ahead")


def test_a_value_that_leans_on_too_few_customers_says_so(opportune: Opportune, stocked: Path) -> None:
    (stocked / "usual.yml").write_text("metrics:\n  usual: quantile(metric.orders, 0.5)\n")
    assert opportune("evaluate", "--at", "2026-03-02T12:00:00Z", "--names", "usual,orders").err == (
        'usual: quantile(count("Order Completed"), 0.5) is unstable: frozen at 2026-03-02T00:00:00Z with 2 known values, '
        "until 100 are known each midnight counts anew\n"
    )


def test_an_event_with_a_date_far_ahead_stops_no_other_question(opportune: Opportune, stocked: Path) -> None:
    (stocked / "far.csv").write_text("event_id,customer_id,name,ts\nfar,ann,Product Viewed,9999-03-02T10:00:00Z\n")
    (stocked / "warm.yml").write_text('segments:\n  warm: decayed("Product Viewed", half_life="7d") > 0.5\n')
    assert opportune("import", "far.csv").status == 0
    assert opportune("evaluate").err.splitlines()[1].startswith("  Name a nearer moment; where you named none, that of the last event")
    assert opportune("memberships", "--names", "warm", "--to", "2026-04-01", "--out", "m.csv").status == 0
    assert [row["customer_id"] for row in rows(stocked / "m.csv")] == ["ann"]


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("--names", "orders,order"), 2, "opportune: no definition is called 'order'\n  Did you mean 'orders'?\n"),
        (("--names", "shared"), 2, "opportune: no definition is called 'shared'\n"),
        (("--at", "noon"), 2, "opportune: --at 'noon' is no time\n  Write ISO 8601 in UTC, such as 2026-03-01T00:00:00Z.\n"),
        (("--out", "all.xlsx"), 2, "opportune: cannot write all.xlsx\n  Name a file that ends in .csv or .parquet.\n"),
        (("--pairs", "history.csv"), 1, "opportune: history.csv:1: a file of pairs needs the columns customer_id and at\n"),
        (("--pairs", "nowhere.csv"), 1, ""),
        (("--pairs", "bad.csv"), 1, "opportune: bad.csv:3: 'soon' is no time\n  Write ISO 8601 in UTC.\n"),
        (("--pairs", "bad.csv", "--at", "2026-03-01"), 2, "opportune: --pairs brings its own moments\n  Leave out --at.\n"),
    ],
)
def test_evaluate_says_what_it_cannot_mean(opportune: Opportune, stocked: Path, words: tuple[str, ...], status: int, said: str) -> None:
    (stocked / "bad.csv").write_text("customer_id,at\nann,2026-03-01\nann,soon\n")
    called = opportune("evaluate", *words)
    assert (called.status, called.out) == (status, "")
    assert called.err.startswith(said)
    assert not list(stocked.glob("*.part*"))


def test_evaluating_nothing_says_how_to_begin(opportune: Opportune, shop: Path) -> None:
    called = opportune("evaluate")
    assert called.status == 1
    assert called.err == "opportune: no events are stored yet\n  Import a history with: opportune import FILE\n"


def test_moments_are_those_after_the_first_instant_and_up_to_the_last(opportune: Opportune, stocked: Path) -> None:
    added = ("moments", "--when", 'event("Product Added")', "--out", "m.csv")
    assert opportune(*added).status == 0
    whole = rows(stocked / "m.csv")
    assert [tuple(row.values()) for row in whole] == [
        ("ann", "2026-03-01T10:05:00.5Z", "2"),
        ("bob", "2026-03-02T12:00:00Z", "4"),
        ("cid", "2026-03-02T12:00:00Z", "5"),
    ]
    opportune(*added, "--from", "2026-03-01T10:05:00.5Z", "--to", "2026-03-02T12:00:00Z")
    assert rows(stocked / "m.csv") == whole[1:]
    opportune(*added, "--to", "2026-03-01T10:05:00.499999Z")
    assert (stocked / "m.csv").read_text() == "customer_id,at,trigger_event_id\n"


def test_moments_of_a_journey_are_as_known_and_before_every_rule(opportune: Opportune, stocked: Path) -> None:
    assert opportune("moments", "cart", "--out", "m.csv").status == 0
    assert [(row["customer_id"], row["at"]) for row in rows(stocked / "m.csv")] == [
        ("ann", "2026-03-01T12:05:00.5Z"),
        ("bob", "2026-03-02T14:00:00Z"),
    ], "cid's order arrived late, and is known by now"


@pytest.mark.parametrize(
    "words, status, said",
    [
        ((), 2, "opportune: name a journey, or write a moment with --when\n"),
        (("cart", "--when", 'event("Product Added")'), 2, "opportune: name a journey, or write a moment with --when\n"),
        (("crat",), 2, "opportune: no journey is called 'crat'\n  Did you mean 'cart'?\n"),
        (("--when", 'event("Product Aded")'), 1, "--when: no event is called 'Product Aded' [E103]\n  Did you mean 'Product Added'?\n"),
        (("--when", 'count("Product Added")'), 1, "--when: "),
        (("--when", ""), 1, "--when"),
        (("cart", "--to", "2026-13-01"), 2, "opportune: --to '2026-13-01' is no time\n"),
    ],
)
def test_moments_says_what_it_cannot_mean(opportune: Opportune, stocked: Path, words: tuple[str, ...], status: int, said: str) -> None:
    called = opportune("moments", *words, "--out", "m.csv")
    assert (called.status, called.out) == (status, "")
    assert called.err.startswith(said)
    assert not (stocked / "m.csv").exists()


def test_a_backtest_writes_who_would_have_entered_and_got_what(opportune: Opportune, stocked: Path) -> None:
    called = opportune("backtest", "--out", "new/bt")
    assert called.status == 0
    assert sorted(path.name for path in (stocked / "new" / "bt").iterdir()) == [
        "enrolments.csv",
        "messages.csv",
        "report.html",
        "summary.txt",
    ]
    enrolments = rows(stocked / "new" / "bt" / "enrolments.csv")
    assert list(enrolments[0]) == ["journey", "customer_id", "entered_at", "trigger_event_id", "held_out", "outcome"]
    assert [(row["customer_id"], row["entered_at"]) for row in enrolments] == [
        ("ann", "2026-03-01T12:05:00.5Z"),
        ("bob", "2026-03-02T14:00:00Z"),
        ("cid", "2026-03-02T14:00:00Z"),
    ], "as seen: cid's order arrived only at 18:00"
    assert {row["held_out"] for row in enrolments} <= {"true", "false"}
    header = (stocked / "new" / "bt" / "messages.csv").read_text().splitlines()[0]
    assert header == "customer_id,address,journey,step,channel,entered_at,due_at,decided_at,status,reason,message_id"
    assert (stocked / "new" / "bt" / "summary.txt").read_text() in called.out


def test_a_backtest_as_known_counts_what_came_late(opportune: Opportune, stocked: Path) -> None:
    called = opportune("backtest", "--as-known", "--out", "bt")
    assert "Late differences: 1 enrolment rows and " in called.out
    assert [row["customer_id"] for row in rows(stocked / "bt" / "enrolments.csv")] == ["ann", "bob"]


def test_a_backtest_sees_moments_after_its_beginning_and_up_to_its_end(opportune: Opportune, stocked: Path) -> None:
    opportune("backtest", "cart", "--from", "2026-03-01T12:05:00.5Z", "--to", "2026-03-02T14:00:00Z", "--out", "bt")
    assert [row["customer_id"] for row in rows(stocked / "bt" / "enrolments.csv")] == ["bob", "cid"]
    opportune("backtest", "cart", "--to", "2026-03-02T13:59:59.999999Z", "--out", "bt")
    assert [row["customer_id"] for row in rows(stocked / "bt" / "enrolments.csv")] == ["ann"]


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("crat",), 2, "opportune: no journey is called 'crat'\n  Did you mean 'cart'?\n"),
        (
            ("--vary", "cart_wait=1h"),
            2,
            "opportune: --vary 'cart_wait=1h' names no values of a setting\n  Write, for example: --vary setting.cart_wait=1h,2h,4h\n",
        ),
        (("--vary", "setting.wait=1h"), 1, "setting.wait: no setting is called 'wait' [E110]\n  Define it under `settings:`.\n"),
        (
            ("--from", "2026-03-02", "--to", "2026-03-01"),
            2,
            "opportune: --to 2026-03-01T00:00:00Z is not after --from 2026-03-02T00:00:00Z\n  Name a later --to, or leave it out.\n",
        ),
        (
            ("--from", "2026-04-01"),
            2,
            "opportune: --to 2026-03-03T00:00:00Z is not after --from 2026-04-01T00:00:00Z\n"
            "  The last event was at 2026-03-03T00:00:00Z.\n",
        ),
    ],
)
def test_backtest_says_what_it_cannot_mean(opportune: Opportune, stocked: Path, words: tuple[str, ...], status: int, said: str) -> None:
    called = opportune("backtest", *words, "--out", "bt")
    assert (called.status, called.out, called.err) == (status, "", said)
    assert not (stocked / "bt").exists()


def test_a_backtest_runs_once_with_each_value_of_a_setting(opportune: Opportune, stocked: Path) -> None:
    path = stocked / "definitions.yml"
    path.write_text("settings: {wait: 2h}\n" + path.read_text().replace('within="2h"', "within=setting.wait"))
    assert opportune("backtest", "--vary", "setting.wait=30m,2h", "--out", "bt").status == 0
    entered = {value: [row["entered_at"] for row in rows(stocked / "bt" / f"wait={value}" / "enrolments.csv")] for value in ("30m", "2h")}
    assert entered["30m"] == ["2026-03-01T10:35:00.5Z", "2026-03-02T12:30:00Z", "2026-03-02T12:30:00Z"]
    assert entered["2h"] == ["2026-03-01T12:05:00.5Z", "2026-03-02T14:00:00Z", "2026-03-02T14:00:00Z"]
    assert "setting.wait = 30m" in (stocked / "bt" / "summary.txt").read_text()


def test_a_result_folder_that_is_a_file_is_named(opportune: Opportune, stocked: Path) -> None:
    called = opportune("backtest", "--out", "history.csv")
    assert (called.status, called.err) == (1, f"opportune: {stocked / 'history.csv'}: file exists\n")


def test_messages_before_the_first_is_an_empty_table(opportune: Opportune, shop: Path) -> None:
    called = opportune("messages", "--out", "m.csv")
    assert called.status == 0
    assert (shop / "m.csv").read_text() == (
        "customer_id,address,journey,step,channel,entered_at,due_at,decided_at,status,reason,message_id\n"
    )


def test_report_counts_as_known_and_writes_its_files(opportune: Opportune, stocked: Path) -> None:
    called = opportune("report", "--out", "figures")
    assert (called.status, called.err) == (0, "")
    assert called.out.startswith("3 customers; 7 events, 2026-03-01T10:00:00Z to 2026-03-03T00:00:00Z\n")
    assert rows(stocked / "figures" / "segments.csv") == [
        {"segment": "buyers", "label": "buyers", "customers": "2"},
        {"segment": "shared", "label": "shared", "customers": "3"},
    ]
    assert [row["journey"] for row in rows(stocked / "figures" / "journeys.csv")] == ["cart"]
    assert {"day", "events", "orders", "revenue", "mails", "clicked"} == set(rows(stocked / "figures" / "days.csv")[0])


def test_report_of_an_empty_shop_says_so(opportune: Opportune, shop: Path) -> None:
    called = opportune("report")
    assert called.status == 0
    assert called.out.startswith("0 customers; no events yet\n")


def test_the_last_line_of_keys_add_is_the_key_alone(opportune: Opportune, shop: Path) -> None:
    keys = {opportune("keys", "add", "shop", *more).out.splitlines()[-1] for more in ((), (), ("--browser",))}
    assert len(keys) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20,64}", key) for key in keys)
    listed = [line.split("\t") for line in opportune("keys", "list").out.splitlines()]
    assert [(name, scope) for name, scope, *_ in listed] == [("shop", "server"), ("shop", "server"), ("shop", "browser")]
    assert {shown for _, _, shown, _ in listed} == {sha256(key.encode()).hexdigest()[:8] for key in keys}


def test_a_key_is_revoked_by_its_source_by_itself_or_by_what_the_list_shows_of_it(opportune: Opportune, shop: Path) -> None:
    keys = [opportune("keys", "add", name).out.splitlines()[-1] for name in ("shop", "shop", "till", "desk", "site")]
    assert opportune("keys", "revoke", "shop").out.count("Revoked: shop, server, ") == 2
    assert opportune("keys", "revoke", keys[2]).out.startswith("Revoked: till, server, ")
    assert opportune("keys", "revoke", sha256(keys[3].encode()).hexdigest()[:8]).out.startswith("Revoked: desk, server, ")
    assert [line.split("\t")[0] for line in opportune("keys", "list").out.splitlines()] == ["site"]
    for nobody in ("shop", keys[0], "", "sh"):
        called = opportune("keys", "revoke", nobody)
        assert (called.status, called.out) == (2, "")
    assert [line.split("\t")[0] for line in opportune("keys", "list").out.splitlines()] == ["site"]


def test_what_a_key_is_held_to_is_listed(opportune: Opportune, shop: Path) -> None:
    held = ("--browser", "--origin", "https://Shop.example/", "--origin", "http://localhost:8080", "--per-second", "2.5", "--burst", "9")
    assert opportune("keys", "add", "site", *held).status == 0
    assert opportune("keys", "list").out.rstrip().split("\t")[4:] == ["2.5 a second", "https://shop.example", "http://localhost:8080"]


@pytest.mark.parametrize(
    "words, said",
    [
        (("import",), "import is a name Opportune writes itself"),
        (("opportune.clicks",), "opportune.clicks is a name Opportune writes itself"),
        (("two words",), "'two words' is no name for a source"),
        (("x" * 65,), "is no name for a source"),
        (("shop", "--origin", "https://shop.example"), "--origin is for keys of browsers"),
        (("shop", "--browser", "--origin", "shop.example"), "shop.example is no origin"),
        (("shop", "--browser", "--origin", "https://shop.example/path"), "https://shop.example/path is no origin"),
        (("shop", "--browser", "--origin", "*"), "* is no origin"),
        (("shop", "--per-second", "0"), "--per-second must be more than 0"),
        (("shop", "--per-second", "nan"), "--per-second must be more than 0"),
        (("shop", "--burst", "0"), "--burst must be at least 1"),
    ],
)
def test_a_key_that_could_not_be_held_to_its_terms_is_not_made(opportune: Opportune, shop: Path, words: tuple[str, ...], said: str) -> None:
    called = opportune("keys", "add", *words)
    assert (called.status, called.out) == (2, "")
    assert said in called.err
    assert opportune("keys", "list").out == ""


@pytest.mark.parametrize("words", [("add",), ("add", ""), ("remove", "shop"), ()])
def test_keys_says_what_it_needs(opportune: Opportune, shop: Path, words: tuple[str, ...]) -> None:
    called = opportune("keys", *words)
    assert (called.status, called.out) == (2, "")
    assert called.err.startswith("opportune: ")


def test_events_that_lie_in_the_log_are_loaded_first(opportune: Opportune, stocked: Path) -> None:
    from opportune.shell.workspace import Workspace

    workspace = Workspace(stocked)
    log = workspace.open_log()
    call = {"type": "track", "messageId": "8", "userId": "dora", "event": "Product Added", "timestamp": "2026-03-04T00:00:00Z"}
    log.append([json.dumps({**call, "properties": {}, "traits": {}, "source": "shop", "context": {}}).encode()])
    log.close()
    workspace.close()
    assert "dora" in opportune("evaluate").out


def test_one_value_of_a_setting_that_fails_its_check_stops_no_other(opportune: Opportune, stocked: Path) -> None:
    path = stocked / "definitions.yml"
    path.write_text("settings: {wait: 2h}\n" + path.read_text().replace('within="2h"', "within=setting.wait"))
    called = opportune("backtest", "--vary", "setting.wait=30m,<b>soon,2h", "--out", "bt")
    assert called.status == 1
    assert called.err.startswith("setting.wait = <b>soon did not run:\n")
    assert [path.name for path in sorted((stocked / "bt").iterdir()) if path.is_dir()] == ["wait=2h", "wait=30m"]
    summary, report = ((stocked / "bt" / name).read_text() for name in ("summary.txt", "report.html"))
    assert (
        summary.index("setting.wait = 30m") < summary.index("setting.wait = <b>soon\ndid not run:\n") < summary.index("setting.wait = 2h")
    )
    assert "setting.wait = &lt;b&gt;soon did not run" in report
    assert "<b>soon" not in report


def test_a_backtest_of_a_past_in_which_nothing_happens_has_a_report_of_nothing(opportune: Opportune, stocked: Path) -> None:
    called = opportune("backtest", "--from", "2027-01-01", "--to", "2027-02-01", "--out", "bt")
    assert (called.status, called.err) == (
        0, "opportune: the last event was at 2026-03-03T00:00:00Z; nothing is stored of the time after it\n"
    )  # fmt: skip
    assert "No message would have been sent." in (stocked / "bt" / "report.html").read_text()


def test_a_project_without_journeys_has_nothing_to_replay(opportune: Opportune, stocked: Path) -> None:
    (stocked / "definitions.yml").write_text("metrics: {orders: 'count(\"Order Completed\")'}\n")
    called = opportune("backtest", "--out", "bt")
    assert (called.status, called.err.splitlines()[0]) == (1, "opportune: the project has no journeys")


def test_the_report_tells_the_orders_that_followed_messages_and_the_tiers_of_customers(opportune: Opportune, stocked: Path) -> None:
    path = stocked / "definitions.yml"
    path.write_text(path.read_text().replace("holdout: 50%", "holdout: 0%") + TIER)
    (stocked / "more.ndjson").write_text(
        '{"messageId":"i1","type":"identify","userId":"bob","timestamp":"2026-03-01T00:00:00Z","traits":{"email":"bob@mail.example"}}\n'
        '{"messageId":"i2","type":"track","userId":"bob","timestamp":"2026-03-01T00:00:00Z","event":"Consent Given","properties":'
        '{"purpose":"email"}}\n'
        '{"messageId":"i3","type":"track","userId":"bob","timestamp":"2026-03-09T14:00:00Z","event":"Order Completed","properties":'
        '{"total":40}}\n'
    )
    assert opportune("import", "more.ndjson").status == 0
    opportune("backtest", "--out", "bt")
    assert [row["decided_at"] for row in rows(stocked / "bt" / "messages.csv") if row["status"] == "planned"] == ["2026-03-02T14:00:00Z"]
    report = (stocked / "bt" / "report.html").read_text()
    assert "worth €40.00, without a mail" in report, "the last instant of the 7 days; his earlier order does not follow"
    assert "Messages a week, by tier spenders" in report
    assert "Week of 2 Mar: 1 message (big 1)" in report


TIER = """\
tiers:
  spenders:
    by: metric.revenue
    bands:
      - big: 50%
      - small: 50%
"""
