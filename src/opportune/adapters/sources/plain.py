"""Files that need no map: Segment calls, or flat rows whose columns are named as in SEMANTICS section 2.

Reads   source_rows (sources.tables)
Gives   told_calls: place, refused, and the fields of a log line; one row for each source row that can be read
"""

from opportune.adapters.sources.tables import ROWS, quoted

TOLD = "told_calls"
FIELDS = ("type", "messageId", "userId", "anonymousId", "previousId", "event", "name", "groupId", "timestamp", "receivedAt")
DOCUMENTS = ("properties", "traits", "context")
_CALLS = "('track', 'page', 'screen', 'identify', 'alias', 'group')"
_FLAT = ("event_id", "customer_id", "anonymous_id", "name", "ts", "received_at", "properties")
_NO_TIME = "ts is missing or no ISO 8601 time"


def from_json(*, needs_time: bool = True) -> str:
    """The calls of a file of JSON lines; each line may be a Segment call or a flat row. `needs_time`: a flat row without is refused."""
    read = ", ".join(f"'$.{name}'" for name in (*FIELDS, *_FLAT, "originalTimestamp"))
    said = {name: f"said[{place}]" for place, name in enumerate((*FIELDS, *_FLAT, "originalTimestamp"), 1)}
    is_call = f"(coalesce({said['type']}, '') IN {_CALLS} AND {said['customer_id']} IS NULL AND {said['ts']} IS NULL)"
    gone = "{" + ", ".join(f'"{name}": null' for name in _FLAT) + "}"
    beside = "CASE json_type(line, '$.properties') WHEN 'OBJECT' THEN json_extract(line, '$.properties') ELSE '{}'::JSON END"
    flat = f"CASE WHEN {said['properties']} IS NULL THEN json_merge_patch(line, '{gone}'::JSON) "
    flat += f"ELSE json_merge_patch({beside}, json_merge_patch(line, '{gone}'::JSON)) END"
    picked = {name: said[name] for name in FIELDS} | {name: f"json_extract(line, '$.{name}')" for name in DOCUMENTS}
    picked["timestamp"] = f"coalesce({said['timestamp']}, {said['originalTimestamp']})"
    told = ", ".join(
        f"CASE WHEN {is_call} THEN {picked[name]} ELSE {_flat(said, flat)[name]} END AS {quoted(name)}" for name in (*FIELDS, *DOCUMENTS)
    )
    refused = (
        f"CASE WHEN line IS NULL THEN 'line is no JSON object in UTF-8' WHEN NOT {is_call} THEN {_refused(said, needs_time)} END AS refused"
    )
    lines = f"SELECT rowid AS place, CASE json_type(line) WHEN 'OBJECT' THEN line END AS line FROM {ROWS}"
    content = "md5(line::VARCHAR) AS content"
    return f"SELECT place, {refused}, {content}, {told} FROM (SELECT *, json_extract_string(line, [{read}]) AS said FROM ({lines}))"


def from_columns(columns: dict[str, str], *, needs_time: bool = True) -> str:
    """The calls of a table whose columns are named as in SEMANTICS section 2; other columns are properties."""
    said = {name: _as_text(name, columns[name]) if name in columns else "NULL::VARCHAR" for name in _FLAT}
    others = ", ".join(
        f"'{name.replace(chr(39), chr(39) * 2)}', {_value(name, kind)}" for name, kind in columns.items() if name not in _FLAT
    )
    flat = f"json_merge_patch('{{}}'::JSON, json_object({others}))"
    if "properties" in columns:
        flat = f"json_merge_patch(coalesce(TRY_CAST({said['properties']} AS JSON), '{{}}'::JSON), json_object({others}))"
    told = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in _flat(said, flat).items())
    content = f"md5(to_json({ROWS})::VARCHAR) AS content"
    return f"SELECT rowid AS place, {_refused(said, needs_time)} AS refused, {content}, {told} FROM {ROWS}"


def _flat(said: dict[str, str], properties: str) -> dict[str, str]:
    """The fields of a log line that a flat row fills."""
    empty = dict.fromkeys(FIELDS, "NULL::VARCHAR") | dict.fromkeys(DOCUMENTS, "NULL::JSON")
    ids = {"messageId": said["event_id"], "userId": said["customer_id"], "anonymousId": said["anonymous_id"]}
    times = {"timestamp": said["ts"], "receivedAt": said["received_at"]}
    return empty | ids | times | {"type": "'track'", "event": said["name"], "properties": properties}


def _refused(said: dict[str, str], needs_time: bool) -> str:
    has_none = f"{said['received_at']} IS NULL" if needs_time else "false"
    times = f"TRY_CAST({said['ts']} AS TIMESTAMPTZ) IS NULL AND ({said['ts']} IS NOT NULL OR {has_none})"
    received = f"{said['received_at']} IS NOT NULL AND TRY_CAST({said['received_at']} AS TIMESTAMPTZ) IS NULL"
    return f"""CASE WHEN coalesce({said["name"]}, '') = '' THEN 'name is missing' WHEN {times} THEN '{_NO_TIME}'
        WHEN {received} THEN 'received_at is no ISO 8601 time' END"""


def _as_text(name: str, kind: str) -> str:
    """A column as text; whole numbers that a file stores as floating ones lose their `.0`."""
    column = quoted(name)
    if kind in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN {column} = floor({column}) THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    return f"to_json({column})::VARCHAR" if kind.startswith(("STRUCT", "MAP")) else f"{column}::VARCHAR"


def _value(name: str, kind: str) -> str:
    """A column as a property; lists written as JSON text in a CSV file become lists."""
    column = quoted(name)
    if kind == "VARCHAR" and name in ("products", "product_ids"):
        return f"coalesce(TRY_CAST({column} AS JSON), to_json({column}))"
    return column
