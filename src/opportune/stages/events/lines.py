"""Log lines as arrivals: what each line says, in our names and units, and why some cannot be stored.

Reads   closed log segments: one Segment call a line (type, messageId, userId, anonymousId, previousId, event, timestamp,
        receivedAt, properties, traits, source, importedBy, context)
Gives   LINES (language.relations.arrivals)
Held to tests/events/test_load.py
"""

from collections.abc import Sequence

from opportune.language.relations.addresses import text
from opportune.language.relations.arrivals import LINES
from opportune.language.relations.one_of import is_one_of
from opportune.language.vocabulary.events import DERIVED, EVENTS, THINGS, UNLINKED
from opportune.language.vocabulary.identity import BLOCKED
from opportune.stages.events import ids
from opportune.stages.events.surroundings import columns, looked_up

AHEAD = 5 * 60 * 1_000_000
"""µs an event may lie ahead of its arrival before the sender's clock is disbelieved: SEMANTICS section 2."""
IMPORT = "import"
"""The `source` of imported lines."""
MODELS = "opportune.models"
"""The `source` of what our own models say: no write key may have this name."""
CLICKS = "opportune.clicks"
"""The `source` of the links that we found by a click on a signed link of a mail: no write key may have this name."""

_COLUMNS = {
    **dict.fromkeys(("type", "messageId", "userId", "anonymousId", "previousId", "event"), "VARCHAR"),
    **dict.fromkeys(("name", "groupId", "timestamp", "receivedAt", "source", "importedBy"), "VARCHAR"),
    **dict.fromkeys(("properties", "traits", "context"), "JSON"),
}
_YEARS = "BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"


def names(values: Sequence[str] | frozenset[str]) -> str:
    """Values as an SQL list of literals, in a fixed order."""
    return "(" + ", ".join(text(value) for value in sorted(values)) + ")"


def read_lines(blocked: Sequence[str] = BLOCKED) -> str:
    """The statement that makes LINES of the segment files `$files`, in the order given; `blocked`: values that stand for no id.

    A line the engine cannot read becomes a row of nulls, never a missing row.
    """
    columns = ", ".join(f"{name}: '{type_name}'" for name, type_name in _COLUMNS.items())
    source = f"read_ndjson($files, columns = {{{columns}}}, filename = true, ignore_errors = true, maximum_object_size = 67108864)"
    said = f"SELECT *, {ids.told()} FROM (SELECT {_said()} FROM ({_timed(source)}))"
    whose = f"SELECT *, {ids.owned()} FROM (SELECT *, {ids.named(blocked)} FROM ({said}))"
    return f"CREATE OR REPLACE TEMP TABLE {LINES} AS SELECT *, {refused()} AS refused FROM ({whose})"


def _said() -> str:
    """What a line says, column by column; unreadable times become null and are refused."""
    ahead = f"(given > received + {AHEAD})"
    return f"""
        lower("type") AS call, nullif("messageId", '') AS event_id, nullif("userId", '') AS user_id,
        nullif("anonymousId", '') AS anonymous_id, {_previous_id()} AS previous_id, {_is_parting()} AS is_parting,
        coalesce(nullif("userId", ''), nullif("anonymousId", '')) AS id_given,
        CASE lower("type") WHEN 'page' THEN 'Page Viewed' WHEN 'screen' THEN 'Screen Viewed' ELSE nullif("event", '') END AS name,
        CASE WHEN {ahead} THEN received ELSE coalesce(given, received) END AS ts,
        "timestamp" IS NOT NULL AS has_ts, given IS NULL AND "timestamp" IS NOT NULL AS is_ts_unreadable,
        received AS received_at, {_properties()} AS properties, {_traits()} AS traits,
        coalesce("source" = {text(IMPORT)}, false) AS is_imported, coalesce({ahead}, false) AS is_clamped,
        coalesce("source" = {text(MODELS)}, false) AS is_foretold, coalesce("source" = {text(CLICKS)}, false) AS is_clicked,
        {_source()} AS source, filename AS file, {columns()}
    """


def _timed(source: str) -> str:
    """The lines with their two instants and what they say of where they come from, each looked up once."""
    given, received = _instant('"timestamp"'), _instant('"receivedAt"')
    return f"SELECT *, {given} AS given, {received} AS received, {looked_up()} FROM {source}"


def _instant(column: str) -> str:
    """ISO 8601 text in µs; the connection's zone is UTC, so text without a zone is too. A plain TIMESTAMP would drop the offset."""
    moment = f"TRY_CAST({column} AS TIMESTAMPTZ)"
    return f"CASE WHEN {moment} {_YEARS} THEN epoch_us({moment}) END"


def _previous_id() -> str:
    """The id an alias call speaks of, or the event that parts two ids."""
    return f"""nullif(CASE WHEN {_is_parting()} THEN properties->>'previous_id' ELSE "previousId" END, '')"""


def _is_parting() -> str:
    return f"""coalesce(lower("type") = 'track' AND "event" = {text(UNLINKED)}, false)"""


def _source() -> str:
    """Who sent it: an import goes by the name of its map, where it has one. Null where the line does not say."""
    return f'nullif(CASE WHEN "source" = {text(IMPORT)} THEN coalesce("importedBy", {text(IMPORT)}) ELSE "source" END, \'\')'


def _properties() -> str:
    """A page or screen call also says things beside its properties; what the properties say themselves wins."""
    page = "CASE json_type(context->'page') WHEN 'OBJECT' THEN context->'page' END"
    named = "CASE WHEN \"name\" IS NULL THEN '{}'::JSON ELSE json_object('name', \"name\") END"
    whole = f"json_merge_patch(coalesce({page}, '{{}}'::JSON), {named}, coalesce(properties, '{{}}'::JSON))"
    has_more = f"lower(\"type\") IN ('page', 'screen') AND (\"name\" IS NOT NULL OR {page} IS NOT NULL)"
    is_object = "coalesce(json_type(properties), 'NULL') IN ('OBJECT', 'NULL')"
    return f"CASE WHEN {has_more} AND {is_object} THEN {whole} WHEN json_type(properties) = 'NULL' THEN NULL ELSE properties END"


def _traits() -> str:
    """A group call's traits are the group's; of the customer it only says which group."""
    group = "coalesce(\"groupId\", traits->>'group_id')"
    return f"""CASE WHEN lower("type") = 'group' THEN CASE WHEN {group} IS NULL THEN NULL ELSE json_object('group_id', {group}) END
        WHEN json_type(traits) = 'NULL' THEN NULL ELSE traits END"""


def refused() -> str:
    """The first reason why a line of LINES cannot be stored, null when it can. The wording is what people read."""
    people = frozenset(EVENTS) - THINGS
    nothing = "coalesce(call, event_id, id_given, name) IS NULL AND received_at IS NULL AND properties IS NULL"
    nobody = f"owner_id IS NULL AND (call IN ('identify', 'group', 'page', 'screen') OR call = 'track' AND {is_one_of('name', people)})"
    one = "coalesce(user_id, email, phone) IS NULL OR coalesce(previous_id, email, phone) IS NULL"
    return f"""CASE
        WHEN {nothing} THEN 'line is no JSON object in UTF-8'
        WHEN call IS NULL THEN 'type is missing'
        WHEN NOT {is_one_of("call", ("track", "page", "screen", "identify", "alias", "group"))}
            THEN 'type is ' || call || ', not one of track, page, screen, identify, alias, group'
        WHEN event_id IS NULL THEN 'messageId is missing'
        WHEN received_at IS NULL THEN 'receivedAt is missing or no ISO 8601 time'
        WHEN is_ts_unreadable THEN 'timestamp is no ISO 8601 time'
        WHEN call = 'track' AND name IS NULL THEN 'event is missing'
        WHEN call = 'track' AND name IN {names(DERIVED)} THEN 'event ' || name || ' is derived by us and cannot be sent'
        WHEN properties IS NOT NULL AND json_type(properties) <> 'OBJECT' THEN 'properties is no object'
        WHEN traits IS NOT NULL AND json_type(traits) <> 'OBJECT' THEN 'traits is no object'
        WHEN call = 'alias' AND ({one}) THEN 'userId or previousId is missing'
        WHEN call = 'track' AND name = {text(UNLINKED)} AND previous_id IS NULL THEN 'properties.previous_id is missing'
        WHEN {nobody} AND id_given IS NOT NULL THEN left(id_given, 80) || ' is no id: it is blocked, or no address'
        WHEN {nobody} THEN 'userId or anonymousId is missing'
    END"""
