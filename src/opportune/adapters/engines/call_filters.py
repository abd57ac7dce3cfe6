"""The filters of stored calls, as they are in the store, kept in memory: 4 MB for every million calls.

A filter is of a full block, which never changes, so those that were read stay true; a load begins by reading those made since.
Held to tests/events/test_call_filters.py
"""

from opportune.adapters.engines.parsed import Parsed
from opportune.stages.events import calls


class CallFilters:
    """The filters of the first so many blocks of one store."""

    def __init__(self) -> None:
        self._bits: list[bytes] = []

    def narrowed(self, connection: Parsed) -> str:
        """Where to look for the calls of LINES among those stored, inside a transaction that has stored none yet."""
        self._bits += [bits for (bits,) in connection.execute(calls.filters(len(self._bits))).fetchall()]
        placed: list[tuple[int, int]] = connection.execute(calls.placed()).fetchall()
        return calls.among((block for block, bits in enumerate(self._bits) if calls.are_held(bits, placed)), len(self._bits))

    def extend(self, connection: Parsed) -> None:
        """Make the filter of the next full block, if there is one, in a transaction that has stored no calls yet."""
        made = int(connection.execute(calls.MADE).fetchall()[0][0])
        if made < int(connection.execute(calls.FULL).fetchall()[0][0]):
            connection.execute(calls.filtered(made))
