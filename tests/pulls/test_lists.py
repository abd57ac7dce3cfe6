"""Lists and suppressions of other mail systems: consent as it was given, objections as they were made, and nobody subscribed again."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.town import Town

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files
from opportune.adapters.sources.mapped import map_at, read_mapping, shipped
from opportune.language.vocabulary.instants import Instant, parse_instant

LISTS = Path(__file__).parent / "lists"
EXPORTED = parse_instant("2026-03-01T06:00:00Z")


def list_at(folder: Path, name: str) -> Path:
    """An export, as it was downloaded at EXPORTED."""
    folder.mkdir(exist_ok=True)
    target = folder / name
    shutil.copyfile(LISTS / name, target)
    os.utime(target, ns=(EXPORTED * 1000, EXPORTED * 1000))
    return target


def told(folder: Path, name: str, by: str) -> tuple[list[tuple], list[tuple[int, str]]]:
    """(identity without `email:`, name, day, purpose, kind, rest) of each event, by identity and name; and what was set aside."""
    engine = DuckDB.open(None)
    report = import_files(engine.load, [list_at(folder, name)], read_mapping(map_at(folder, by)), set_aside=folder)
    sql = """SELECT identity[7:], name, epoch_ms(ts // 1000)::DATE::VARCHAR, purpose, kind, rest->>'$.dated'
        FROM events JOIN identities USING (identity_key) ORDER BY 1, 2"""
    found = engine._connection.execute(sql).fetchall()
    engine.close()
    return found, [(aside.line, aside.reason) for aside in report.set_aside]


def test_a_mailchimp_audience_is_told_by_its_files(tmp_path: Path) -> None:
    subscribed, _ = told(tmp_path, "subscribed_members_export_a1b2c3.csv", "mailchimp")
    assert subscribed == [
        ("ada@example.org", "Consent Given", "2025-01-02", "email", None, None),
        ("bob@example.org", "Consent Given", "2026-03-01", "email", None, "false"),
        ("cleo@example.org", "Consent Given", "2026-02-20", "email", None, None),
        ("dora@example.org", "Consent Given", "2026-03-01", "email", None, "false"),
        ("eve@example.org", "Consent Given", "2026-03-01", "email", None, "false"),
    ]
    assert told(tmp_path, "unsubscribed_members_export_a1b2c3.csv", "mailchimp")[0] == [
        ("eve@example.org", "Consent Withdrawn", "2024-05-06", "email", None, None),
        ("eve@example.org", "Unsubscribed", "2024-05-06", None, None, None),
    ]
    assert told(tmp_path, "cleaned_members_export_a1b2c3.csv", "mailchimp")[0] == [
        ("fred@example.org", "Email Bounced", "2024-06-07", None, "hard", None)
    ]
    assert told(tmp_path, "nonsubscribed_members_export_a1b2c3.csv", "mailchimp")[0] == []


def test_a_klaviyo_list_is_told_by_its_consent_and_its_suppressions(tmp_path: Path) -> None:
    assert told(tmp_path, "klaviyo-newsletter.csv", "klaviyo")[0] == [
        ("ada@example.org", "Consent Given", "2025-01-02", "email", None, None),
        ("bob@example.org", "Consent Given", "2026-03-01", "email", None, "false"),
        ("cleo@example.org", "Consent Withdrawn", "2025-06-01", "email", None, None),
        ("cleo@example.org", "Unsubscribed", "2025-06-01", None, None, None),
        ("fred@example.org", "Consent Given", "2024-12-05", "email", None, None),
        ("fred@example.org", "Email Bounced", "2026-03-01", None, "hard", None),
        ("gil@example.org", "Consent Given", "2024-12-06", "email", None, None),
        ("gil@example.org", "Email Marked as Spam", "2026-03-01", None, None, None),
        ("gil@example.org", "Unsubscribed", "2026-03-01", None, None, None),
    ]


def test_the_suppressed_of_klaviyo_are_told_also_where_a_file_has_addresses_alone(tmp_path: Path) -> None:
    assert told(tmp_path, "klaviyo-suppressed.csv", "klaviyo-suppressed")[0] == [
        ("hal@example.org", "Email Bounced", "2024-06-07", None, "hard", None),
        ("hal@example.org", "Unsubscribed", "2024-06-07", None, None, None),
        ("ida@example.org", "Unsubscribed", "2026-03-01", None, None, None),
    ]
    found, asides = told(tmp_path, "klaviyo-suppressed-addresses.csv", "klaviyo-suppressed")
    assert ([row[:2] for row in found], asides) == ([("jo@example.org", "Unsubscribed")], [])


def test_every_map_that_comes_with_opportune_can_be_read() -> None:
    assert shipped() == ("klaviyo", "klaviyo-suppressed", "mailchimp")
    for name in shipped():
        assert read_mapping(map_at(Path(), name)).entries


NEWS = {"news.yml": 'journey: news\nwhen: event("Newsletter Due")\nreentry: always\nholdout: 0%\nsteps:\n  - send: first\n'}
ALL = ("ada", "bob", "cleo", "dora", "eve", "fred")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Ada, Bob and Cleo have objected on the 10th of February."""
    with Town(tmp_path / "shop", NEWS, start="2026-02-01T00:00:00Z", templates=("first",)) as town:
        town.tick()
        town.at("2026-02-10T12:00:00Z")
        for who, event in (("ada", "Unsubscribed"), ("bob", "Consent Withdrawn"), ("cleo", "Unsubscribed")):
            town.track(event, None, anonymous=f"email:{who}@example.org", **({"purpose": "email"} if who == "bob" else {}))
        town.at("2026-03-01T08:00:00Z").tick()
        yield town


def mailed(town: Town) -> dict[str, str]:
    """Who gets the newsletter that is due now, and why others do not."""
    for who in ALL:
        town.track("Newsletter Due", None, anonymous=f"email:{who}@example.org")
    town.now = Instant(town.now + 1)
    town.tick()
    last = max(message.decided_at for message in town.messages())
    found = {message.customer_id: message for message in town.messages() if message.decided_at == last}
    return {who.split(":")[1].split("@")[0]: each.reason or each.status.value for who, each in found.items()}


def brought(town: Town, folder: Path, *names: str) -> None:
    """Import lists into the shop that is live."""
    for name in names:
        town.tick()
        at = Instant(town.workspace.last_sealed + 1)
        mapping = read_mapping(map_at(folder, "mailchimp"))
        import_files(town.workspace.engine.load, [list_at(folder, name)], mapping, set_aside=folder, arrives_at=at)
        town.now = Instant(at + 1)


SUBSCRIBED, UNSUBSCRIBED, CLEANED = (f"{name}_members_export_a1b2c3.csv" for name in ("subscribed", "unsubscribed", "cleaned"))
RIGHT = {
    "ada": "unsubscribed",  # her consent is older than her objection
    "bob": "no consent",  # his is of an unknown day, his withdrawal is not
    "cleo": "planned",  # she subscribed again, ten days after she had left
    "dora": "planned",  # nothing speaks against hers
    "eve": "unsubscribed",  # she left years ago, and nobody knows when she came back
    "fred": "bad address",
}


@pytest.mark.parametrize("order", [(SUBSCRIBED, UNSUBSCRIBED, CLEANED), (CLEANED, UNSUBSCRIBED, SUBSCRIBED)])
def test_an_import_subscribes_nobody_again_in_whatever_order_lists_come(town: Town, tmp_path: Path, order: tuple[str, ...]) -> None:
    brought(town, tmp_path / "lists", *order)
    assert mailed(town) == RIGHT


def test_a_pull_subscribes_nobody_again(tmp_path: Path, town: Town) -> None:
    from opportune.adapters.project.pull_sources import FolderPull
    from opportune.cli.judging import judge
    from opportune.shell.puller import Puller
    from opportune.shell.pulling import Intake

    for name in (SUBSCRIBED, UNSUBSCRIBED, CLEANED):
        list_at(tmp_path / "shop" / "lists", name)
    Puller(Intake(town.workspace, town.log, judge)).pull(FolderPull(name="lists", folder="lists", map="mailchimp"))
    assert mailed(town) == RIGHT


def test_a_row_without_a_day_of_its_own_is_marked_whoever_tells_it(tmp_path: Path, town: Town) -> None:
    """Flat rows, no map: what an import is told of consent without `ts` is of its own instant, and yet outweighs nothing."""
    rows = "customer_id,anonymous_id,name,purpose\n" + "".join(f",email:{who}@example.org,Consent Given,email\n" for who in ALL)
    path = tmp_path / "consents.csv"
    path.write_text(rows)
    from opportune.adapters.project.pull_sources import FolderPull
    from opportune.cli.judging import judge
    from opportune.shell.puller import Puller
    from opportune.shell.pulling import Intake

    (tmp_path / "shop" / "lists").mkdir()
    shutil.copyfile(path, tmp_path / "shop" / "lists" / "consents.csv")
    os.utime(tmp_path / "shop" / "lists" / "consents.csv", ns=(EXPORTED * 1000, EXPORTED * 1000))
    Puller(Intake(town.workspace, town.log, judge)).pull(FolderPull(name="lists", folder="lists"))
    found = mailed(town)
    assert [found[who] for who in ("ada", "bob", "cleo", "dora")] == ["unsubscribed", "no consent", "unsubscribed", "no address"]
