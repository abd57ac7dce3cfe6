"""Rows as Segment calls: columns of text, and from them lines of NDJSON or `Call` objects that can be posted to `/v1/batch`.

A call has `type messageId userId anonymousId event timestamp receivedAt properties` (`traits` for identify; a page has no `event`);
absent ids are left out, and events of things have none. `timestamp` has milliseconds, `receivedAt` microseconds, both UTC.
Cost    about 3 µs a row
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.samples.catalogue import Catalogue
from opportune.samples.customers import NO_BIRTHDAY, Customers, anonymous_id, partner_of, user_id
from opportune.samples.places import CITIES, DIALLING, FIRST_NAMES, LAST_NAMES, PLACES
from opportune.samples.properties import EVENTS, properties_of
from opportune.samples.rows import Act, Rows
from opportune.samples.signing import Standing
from opportune.samples.words import Words

Call = dict[str, Any]
"""A Segment call as a JSON object."""
_PROGRAMS = 1 << 40
"""Crawlers are numbered from here on, beyond all customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Calls by column, all of one length; "" where there is nothing. `properties` and `traits` are JSON text."""

    type: list[str]
    event_id: list[str]
    user_id: list[str]
    anonymous_id: list[str]
    name: list[str]
    ts: list[str]
    received_at: list[str]
    properties: list[str]
    traits: list[str]


class Scribe:
    """Writes the rows of one shop. The texts of its customers are made once."""

    def __init__(
        self, catalogue: Catalogue, *, customers: Customers, standing: Standing, campaigns: Sequence[str], begins: Instant
    ) -> None:
        """`begins`: the history's start; customers of before it were so from their first visit on."""
        self._words = Words.build(catalogue, tuple(campaigns), customers)
        self._customers = customers
        self._standing = standing
        self._begins = begins
        count = range(len(customers))
        self._users = np.array([user_id(number) for number in count], dtype=object)
        self._devices = np.array([_devices(number) for number in count], dtype=object).reshape(len(customers), -1)

    def columns(self, rows: Rows) -> Columns:
        """The rows in their order."""
        acts = rows["act"]
        name, properties, traits = (np.full(len(rows), text, dtype=object) for text in ("", "{}", ""))
        kind = np.full(len(rows), "track", dtype=object)
        for number in np.unique(acts).tolist():
            here, act = np.flatnonzero(acts == number), Act(number)
            if act is Act.IDENTIFY:
                kind[here], traits[here] = "identify", [self.traits(person) for person in rows["person"][here].tolist()]
            else:
                name[here], properties[here] = EVENTS[act], properties_of(act, rows[here], self._words)
        kind[acts == Act.PAGE] = "page"
        return Columns(
            type=kind.tolist(),
            event_id=[f"h{number:012x}" for number in rows["id"].tolist()],
            user_id=np.where(rows["is_known"], self._users[rows["person"]], "").tolist(),
            anonymous_id=self._devices[rows["person"], rows["device"]].tolist(),
            name=name.tolist(),
            ts=_iso(rows["ts"] // 1000, "ms"),
            received_at=_iso(rows["received_at"], "us"),
            properties=properties.tolist(),
            traits=traits.tolist(),
        )

    def lines(self, rows: Rows) -> list[str]:
        """One JSON object a row, without line ends."""
        told = self.columns(rows)
        return [
            _line(*fields)
            for fields in zip(
                told.type,
                told.event_id,
                told.user_id,
                told.anonymous_id,
                told.name,
                told.ts,
                told.received_at,
                told.properties,
                told.traits,
                strict=True,
            )
        ]

    def calls(self, rows: Rows) -> list[Call]:
        """The rows as objects to post: without `receivedAt`, which is the receiver's to say."""
        calls: list[Call] = [json.loads(line) for line in self.lines(rows)]
        for call in calls:
            del call["receivedAt"]
        return calls

    def traits(self, number: int) -> str:
        """What a customer tells at sign-up, as JSON text."""
        people = self._customers
        first, last = FIRST_NAMES[people.first_name[number]], LAST_NAMES[people.last_name[number]]
        place = PLACES[people.place[number]]
        city = CITIES[people.place[number]][people.city[number]]
        arrived, signed_up = int(people.truth.arrived[number]), int(self._standing.signed_up[number])
        written = {
            "email": f"{_plain(first)}.{_plain(last)}.{number}@mail.example",
            "first_name": first,
            "last_name": last,
            "country": place.country,
            "region": city.region,
            "city": city.name,
            "latitude": city.latitude,
            "longitude": city.longitude,
            "timezone": place.zone,
            "language": place.language,
            **self._told_by_some(number),
            "created_at": format_instant(Instant(arrived if arrived < self._begins else signed_up)),
        }
        return json.dumps(written, ensure_ascii=False, separators=(",", ":"))

    def _told_by_some(self, number: int) -> dict[str, str | int]:
        people = self._customers
        told: dict[str, str | int] = {}
        if people.phone[number]:
            told["phone"] = f"{DIALLING[PLACES[people.place[number]].country]}555{people.phone[number]}"
        if people.birthday[number] != NO_BIRTHDAY:
            told["birthday"] = str(np.datetime64(int(people.birthday[number]), "D"))
        if people.mails_wished[number]:
            told["mail_frequency"] = int(people.mails_wished[number])
        return told


def _devices(number: int) -> tuple[str, ...]:
    """The anonymous ids of a customer's devices, as rows number them."""
    return (
        "",
        anonymous_id(number, 1),
        anonymous_id(number, 2),
        anonymous_id(int(partner_of(np.array(number))), 1),
        anonymous_id(_PROGRAMS + number, 1),
    )


def _line(kind: str, event_id: str, user: str, anonymous: str, name: str, ts: str, received_at: str, properties: str, traits: str) -> str:
    who = (f'"userId":"{user}",' if user else "") + (f'"anonymousId":"{anonymous}",' if anonymous else "")
    when = f'"timestamp":"{ts}","receivedAt":"{received_at}"'
    if kind == "identify":
        return f'{{"type":"identify","messageId":"{event_id}",{who}{when},"traits":{traits}}}'
    label = "" if kind == "page" else f'"event":"{name}",'
    return f'{{"type":"{kind}","messageId":"{event_id}",{who}{label}{when},"properties":{properties}}}'


def _iso(counted: npt.NDArray[np.int64], unit: Literal["ms", "us"]) -> list[str]:
    """ISO 8601 of so many `unit`s since the epoch."""
    texts = np.datetime_as_string(counted.astype(f"datetime64[{unit}]")).tolist()
    return [text + "Z" for text in texts]


def _plain(name: str) -> str:
    """A name in the letters every mail address may have."""
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o")).encode("ascii", "ignore").decode()
    return folded.lower()
