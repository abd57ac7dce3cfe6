"""What was counted reaches the ledger, once, whatever fails meanwhile; a silence is told of once."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.live.serving import done, serving, write

from opportune.adapters.stores.database import Database, StoreFault
from opportune.adapters.stores.ledger import HOUR, Ledger, Taken, Tally, hour_of
from opportune.language.vocabulary.instants import Instant
from opportune.shell.bookkeeping import Bookkeeper, Watch
from opportune.shell.workspace import Workspace

NOW = Instant(500_000 * HOUR)
TALLY = Tally(source="shop", hour=500_000, kind=Taken.ACCEPTED, count=1, last_at=NOW)


@dataclass
class Failing(Ledger):
    """A ledger whose first addition fails."""

    tallies: list[Tally] = field(default_factory=list)
    calls: int = 0

    def add(self, tallies: object) -> None:
        self.calls += 1
        if self.calls == 1:
            raise StoreFault("locked")
        self.tallies += tallies  # type: ignore[arg-type, operator]


def test_what_could_not_be_added_is_added_the_next_time_and_only_once() -> None:
    ledger, counted = Failing(), [[TALLY], [TALLY], []]
    books = Bookkeeper(ledger, lambda _: counted.pop(0), lambda: NOW)
    with pytest.raises(StoreFault):
        books.settle()
    books.settle()
    books.settle()
    assert ledger.tallies == [TALLY, TALLY]


def test_a_second_call_a_moment_later_waits() -> None:
    database = Database.open("sqlite://")
    books = Bookkeeper(Ledger(database), lambda _: [TALLY], lambda: NOW)
    books()
    books()
    assert [each.count for each in Ledger(database).since(0)] == [1]
    books.settle()
    assert [each.count for each in Ledger(database).since(0)] == [2]
    database.close()


def test_a_silence_is_told_of_once_over_restarts_and_again_when_there_is_another(tmp_path: Path) -> None:
    (tmp_path / "opportune.yml").write_text("shop: {name: Lamps, currency: EUR}\n")
    now, said = [NOW], []
    workspace = Workspace(tmp_path, clock=lambda: now[0])
    workspace.registry.add_key("till", is_browser=False, at=Instant(1))
    hours = range(500_000 - 840, 500_000 - 6)
    tallies = [Tally(source="till", hour=hour, kind=Taken.ACCEPTED, count=50, last_at=Instant((hour + 1) * HOUR - 1)) for hour in hours]
    workspace.ledger.add(tallies)
    Watch(workspace, said.append).look()
    Watch(workspace, said.append).look()
    assert said == [
        "opportune: till has sent nothing since 2027-01-15T01:59:59.999999Z; about 300 calls were to be expected since\n"
        "  Look whether it still runs; opportune sources till says more."
    ]
    workspace.ledger.add([Tally(source="till", hour=hour_of(NOW), kind=Taken.ACCEPTED, count=50, last_at=NOW)])
    Watch(workspace, said.append).look()
    now[0] = Instant(NOW + 12 * HOUR)
    Watch(workspace, said.append).look()
    assert len(said) == 2
    workspace.close()


@pytest.mark.processes
def test_sources_tell_beside_a_running_serve_and_nothing_is_lost_when_it_stops(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", {"opportune.yml": "shop: {name: Lamps, currency: EUR}\n"}, [])
    key = done("keys", "add", "web", project=folder).splitlines()[-1]
    with serving(folder) as serve:
        for number in range(3):
            told = {"timestamp": "soon"} if number == 2 else {}
            with httpx.Client(base_url=serve.address, auth=(key, "")) as client:
                answer = client.post("/v1/track", json={"userId": "ann", "event": "Lamp Lit", "messageId": f"m{number}", **told})
            assert answer.status_code == (400 if told else 200)
        assert "web" in done("sources", project=folder)
        assert serve.stop() == 0
    found = done("sources", "web", project=folder)
    assert "2 calls" in found
    assert "refused: timestamp" in found
