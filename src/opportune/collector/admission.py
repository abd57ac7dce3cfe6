"""Whether a request may come in: whose key it has, from which page, whether there is room, and how often that key has come already."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from opportune.collector.answers import Answer, failure, try_again
from opportune.collector.rates import Rates
from opportune.collector.sources import LONGEST_KEY, Source, Sources
from opportune.collector.watermarks import Watermarks

_NO_KEY = "unknown write key; send it as the user name of HTTP Basic (`opportune keys add` gives one)"
UNKNOWN_KEY = failure(401, "unknown_key", _NO_KEY, (b"www-authenticate", b'Basic realm="write key"'))


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Not let in; `source` empty: by a key that is nobody's."""

    answer: Answer
    source: str = ""


@dataclass(slots=True, kw_only=True)
class Admission:
    """Asked once a request."""

    sources: Sources
    rates: Rates
    watermarks: Watermarks

    def of(self, headers: Mapping[bytes, bytes], key: str | None) -> Source | TurnedAway:
        """The source a request is let in for, or why it is not."""
        source = self.sources(key) if key and len(key) <= LONGEST_KEY else None
        if source is None:
            return TurnedAway(UNKNOWN_KEY)
        if source.origins and origin_of(headers) not in source.origins:
            message = "this write key may not be used on this page; `opportune keys add --browser --origin` says on which"
            return TurnedAway(failure(403, "wrong_origin", message), source.name)
        overload = self.watermarks.overload()
        if overload:
            return TurnedAway(overload, source.name)
        seconds = self.rates.seconds_to_wait(source)
        if seconds:
            return TurnedAway(try_again(429, "too_often", "this key sends more than it may; come back", seconds=seconds), source.name)
        return source


def origin_of(headers: Mapping[bytes, bytes]) -> str:
    """The page a browser says it sends from; empty where nothing says so."""
    return headers.get(b"origin", b"").decode("latin-1").lower()


def readable(answer: Answer, headers: Mapping[bytes, bytes], allowed: frozenset[str] | None) -> Answer:
    """The answer as pages may read it: any, or where keys are bound to origins, those alone. None: any."""
    if allowed is None:
        return answer
    origin = origin_of(headers)
    return replace(answer, origin=origin.encode("latin-1") if origin in allowed else None)
