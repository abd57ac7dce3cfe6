"""The collector's judgement of calls that come by other ways than HTTP."""

from collections.abc import Sequence

from opportune.collector.judgement import Circumstances, judged
from opportune.collector.parcels import Parcel
from opportune.collector.refusals import Refusal
from opportune.language.vocabulary.instants import Instant
from opportune.shell.pulling import Judgement


def judge(source: str, calls: Sequence[bytes], now: Instant) -> Judgement:
    """What of a source's calls may be stored. They have ids of their own."""
    how = Circumstances(kind=None, source=source, arrived_at=now, message_id=lambda: "")
    found = judged(Parcel(calls=tuple(calls)), how)
    assert not isinstance(found, Refusal), "nothing stands beside the calls"
    return Judgement(lines=found.lines, refused=[(place, _said(refusal)) for place, refusal in found.refusals])


def _said(refusal: Refusal) -> str:
    return refusal.message if refusal.field is None else f"{refusal.field} {refusal.message}"
