"""A connector: all that is known of one system that sends webhooks, as one file says it.

The built-in ones are `src/opportune/connectors/*.yml`; a project's own stand beside its definitions. Both are read by
`adapters.project.connectors`.
"""

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.problems import Place
from opportune.stages.mapping.calls import Failure, Mapped, calls_of
from opportune.stages.mapping.entries import Mapping
from opportune.stages.mapping.expressions import Unmapped
from opportune.stages.mapping.payload import payload_of
from opportune.stages.mapping.signature import Requested, Scheme, refused
from opportune.stages.mapping.words import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """How requests are believed, what of them is kept, and which calls they make."""

    name: str
    """For people."""
    scheme: Scheme
    mapping: Mapping = field(default_factory=Mapping)
    headers: tuple[str, ...] = ()
    """Names, in small letters, of the headers that are kept with a payload and that `header()` may read; secrets are none of them."""
    ping: re.Pattern[bytes] | None = None
    """A body by which the system only asks whether anybody is there, unsigned: answered with 200 and forgotten."""

    def kept_headers(self, headers: Table[str, str]) -> dict[str, str]:
        """Those of a request that are kept."""
        return {name: headers[name] for name in self.headers if name in headers}


class Reader(Protocol):
    """Who believes and reads requests that no declared scheme covers. It may ask the network: not for the event loop."""

    def refused(self, request: Requested, secrets: Sequence[str], at: Instant) -> str | None:
        """Why a request is not believed; None when it is."""

    def payload(self, body: bytes, media: str, headers: Table[str, str]) -> Any:
        """What expressions read of a believed body. Raises Unmapped where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A connector as one source of a project uses it."""

    source: str
    connector: Connector
    secrets: tuple[str, ...] = ()
    """Empty: none was found where the settings say, and nobody is believed."""
    settings: Table[str, str] = field(default_factory=dict)
    largest_bytes: int = 1_000_000
    wanted: tuple[str, ...] = ()
    """Where secrets were looked for: names of environment variables."""
    reader: Reader | None = None
    """None: the connector's scheme and `payload_of`."""

    def refused(self, request: Requested, at: Instant) -> str | None:
        """Why a request is not believed; None when it is. `secrets` must not be empty."""
        if self.reader is not None:
            return self.reader.refused(request, self.secrets, at)
        return refused(self.connector.scheme, request, self.secrets, at)

    def mapped(self, body: bytes, *, media: str, headers: Table[str, str]) -> Mapped:
        """The calls of one believed request. `headers`: the kept ones. Never raises for what a body holds."""
        try:
            payload = self.reader.payload(body, media, headers) if self.reader is not None else payload_of(body, media)
        except Unmapped as error:
            return Mapped(failures=(Failure(place=Place(self.connector.name), reason=str(error)),))
        arrival = Arrival(payload=payload, source=self.source, headers=headers, settings=self.settings)
        return calls_of(self.connector.mapping, arrival)
