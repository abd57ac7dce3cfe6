"""The same message id is the same event: within a body, over restarts, before and after a load, and after weeks."""

from tests.collector.edge import NOON, Edge

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.logs.segments import Segments
from opportune.language.vocabulary.instants import Instant

DAY = 86_400_000_000
BOUGHT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "ada",
    "messageId": "order-1",
    "properties": {"order_id": "1", "total": 10},
}


class Shop:
    """A collector and an event store that are ended and begun again."""

    def __init__(self, folder):
        self.folder, self.now = folder, NOON
        self.begin()

    def begin(self):
        log = Segments.open(self.folder / "log", clock=lambda: self.now)
        self.edge = Edge(self.folder, log=log, clock=lambda: self.now)
        self.engine = DuckDB.open(self.folder / "events.duckdb")

    def restart(self):
        self.end()
        self.begin()

    def end(self):
        self.edge.close()
        self.engine.close()

    def send(self, *calls):
        assert self.edge.post("/v1/batch", {"batch": calls}).status == 200

    def load(self):
        sealed = self.edge.log.seal()
        self.engine.load(sealed.segments)
        self.edge.log.release(sealed.segments)

    def stored(self):
        names = "SELECT event_id, total FROM events WHERE line = 0 ORDER BY ALL"
        return self.engine._connection.execute(names).fetchall()


def test_a_repeat_is_one_event_however_far_apart_and_whatever_came_between(tmp_path):
    shop = Shop(tmp_path)
    shop.send(BOUGHT, BOUGHT)
    shop.restart()  # the first is in the log and not loaded
    shop.send(BOUGHT)
    shop.load()
    shop.send(BOUGHT)
    shop.restart()  # the repeat waits in the log, the first is loaded
    shop.load()
    for days in (6, 8, 400):
        shop.now = Instant(NOON + days * DAY)
        shop.restart()
        shop.send({**BOUGHT, "properties": {"total": 99}})
        shop.load()
    assert [event_id for event_id, *_ in shop.stored()] == ["order-1"]
    assert [total for *_, total in shop.stored()] == [100_000], "the first accepted wins"
    shop.send({**BOUGHT, "messageId": "order-2"})
    shop.load()
    assert [event_id for event_id, *_ in shop.stored()] == ["order-1", "order-2"]
    shop.end()
