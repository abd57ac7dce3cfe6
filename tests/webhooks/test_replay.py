"""What was kept is told again by a mended file, from an instant on, and deleted when its time is over."""

import json
from pathlib import Path

import pytest
from tests.collector.edge import NOON
from tests.project.shop import written as project_files

from opportune.adapters.logs.log import LogFault
from opportune.adapters.logs.raw import Raw, drop_before, put_by, raw_line, raw_since
from opportune.adapters.logs.segments import Segments
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.language.vocabulary.problems import ProblemsFound
from opportune.shell.webhooks import Forgetting, hooks_of, open_raw, replay
from opportune.shell.workspace import Workspace

DAY = 86_400_000_000
SOURCES = "shop: {name: Lamps, currency: EUR}\nkeep_raw: 7d\nsources:\n  desk: {webhook: desk.yml, secret_env: DESK}\n"
MAPPING = """
signature: {{header: X-Signature}}
events:
  - event: Ticket Opened
    event_id: "ticket:{{id}}"
    anonymous_id: "{{email_id({field})}}"
"""


class Clock:
    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at


@pytest.fixture
def shop(tmp_path):
    project_files(tmp_path, {"opportune.yml": SOURCES, "desk.yml": MAPPING.format(field="sender")})
    clock = Clock()
    workspace = Workspace(tmp_path, clock=clock)
    raw, log = open_raw(workspace), workspace.open_log()
    yield workspace, raw, log, clock
    raw.close()
    log.close()
    workspace.close()


def kept(raw, number):
    raw.append([raw_line(Raw.of(source="desk", media="application/json", headers={}, body=json.dumps(said(number)).encode()))])


def said(number):
    return {"id": number, "from": f"{number}@example.org"}


def hook_now(workspace):
    return hooks_of(workspace.files_now(with_templates=False), {"DESK": "secret"})["desk"]


def told(log):
    return [json.loads(line) for segment in log.seal().segments for line in segment.read_bytes().splitlines()]


def test_a_mended_file_tells_what_failed_before(shop):
    workspace, raw, log, _ = shop
    kept(raw, 1)
    kept(raw, 2)
    before = replay(workspace, hook_now(workspace), raw, log, EARLIEST)
    assert (before.payloads, before.calls, sum(before.failures.values())) == (2, 0, 2)
    Path(workspace.folder / "desk.yml").write_text(MAPPING.format(field="from"))
    after = replay(workspace, hook_now(workspace), raw, log, EARLIEST)
    assert (after.payloads, after.calls, after.failures) == (2, 2, {})
    assert [line["anonymousId"] for line in told(log)] == ["email:1@example.org", "email:2@example.org"]


def test_a_call_without_a_time_happened_when_it_was_first_received(shop):
    workspace, raw, log, clock = shop
    Path(workspace.folder / "desk.yml").write_text(MAPPING.format(field="from"))
    kept(raw, 1)
    clock.at = Instant(NOON + 3 * DAY)
    replay(workspace, hook_now(workspace), raw, log, EARLIEST)
    (line,) = told(log)
    assert line["timestamp"] == "2026-03-01T12:00:00.000000Z"
    assert line["receivedAt"] == "2026-03-04T12:00:00.000000Z"


def test_a_replay_begins_where_it_is_told_to(shop):
    workspace, raw, log, clock = shop
    Path(workspace.folder / "desk.yml").write_text(MAPPING.format(field="from"))
    for day in range(5):
        clock.at = Instant(NOON + day * DAY)
        kept(raw, day)
        if day % 2:
            put_by(raw)
    assert replay(workspace, hook_now(workspace), raw, log, Instant(NOON + 3 * DAY)).payloads == 2
    assert [each.received_at[:10] for each in raw_since(workspace.data / "raw", Instant(NOON + 1))] == [
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
        "2026-03-05",
    ]


def test_what_was_kept_longer_than_the_settings_say_is_deleted_once_a_day(shop):
    workspace, raw, _, clock = shop
    forgetting = Forgetting(workspace, raw)
    for day in range(12):
        clock.at = Instant(NOON + day * DAY)
        kept(raw, day)
        forgetting()
        kept(raw, 100 + day)
        forgetting()
    ids = {json.loads(each.body)["id"] for each in raw_since(workspace.data / "raw", EARLIEST)}
    assert min(id_ for id_ in ids if id_ < 100) >= 3, "kept longer than seven days and the day they were put by"
    assert {5, 6, 7, 8, 9, 10, 11} <= ids
    put_by(raw)
    assert drop_before(workspace.data / "raw", Instant(NOON + 50 * DAY)) > 0
    assert list(raw_since(workspace.data / "raw", EARLIEST)) == []


def test_what_cannot_be_deleted_is_told_once_a_day_and_stops_nothing(shop):
    workspace, raw, _, clock = shop
    kept(raw, 1)
    put_by(raw)
    (day,) = (workspace.data / "raw/loaded").iterdir()
    (day / "somebody's notes").write_text("here")
    clock.at = Instant(NOON + 30 * DAY)
    forgetting = Forgetting(workspace, raw)
    with pytest.raises(LogFault):
        forgetting()
    forgetting()
    assert [file.name for file in day.iterdir()] == ["somebody's notes"]


def test_the_raw_log_goes_on_after_all_of_it_was_deleted(tmp_path):
    raw = Segments.open(tmp_path / "raw", clock=lambda: NOON)
    kept(raw, 1)
    put_by(raw)
    drop_before(tmp_path / "raw", Instant(NOON + 50 * DAY))
    raw.close()
    raw = Segments.open(tmp_path / "raw", clock=lambda: NOON)
    kept(raw, 2)
    put_by(raw)
    assert len(list(raw_since(tmp_path / "raw", EARLIEST))) == 1
    raw.close()


def test_a_broken_file_is_no_reason_to_stop_believing_by_the_one_before(shop):
    workspace, *_ = shop
    Path(workspace.folder / "desk.yml").write_text(MAPPING.format(field="nonsense("))
    with pytest.raises(ProblemsFound) as raised:
        hook_now(workspace)
    assert "desk.yml:6: anonymous_id is no expression" in str(raised.value)
