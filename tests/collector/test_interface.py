"""collector/openapi.json is held to the code: its paths, statuses, codes, fields and limits are those there are."""

import json
import re
from pathlib import Path

import opportune.collector
from opportune.collector import webhooks
from opportune.collector.app import BATCH, LARGEST_BATCH_BYTES
from opportune.collector.bodies import PATIENCE_SECONDS
from opportune.collector.calls import LARGEST_CALL_BYTES, Call
from opportune.collector.interface import FILE, PATH
from opportune.collector.parcels import MOST_CALLS
from opportune.collector.script import PATHS
from opportune.collector.shape import KINDS, LONGEST_NAME
from opportune.language.vocabulary.events import DERIVED
from opportune.stages.tracking.tokens import Purpose

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
ROOM = Path(opportune.collector.__file__).parent
PAGES = {Purpose.OPEN, Purpose.CLICK, Purpose.UNSUBSCRIBE, Purpose.WHY, Purpose.CONFIRM}


def codes_in(schema) -> set[str]:
    """Every `code` a schema allows."""
    if isinstance(schema, list):
        return set().union(*map(codes_in, schema))
    if not isinstance(schema, dict):
        return set()
    said = schema.get("code", {})
    own = {*said.get("enum", ()), *([said["const"]] if "const" in said else ())} if isinstance(said, dict) else set()
    return own.union(*map(codes_in, schema.values()))


def test_its_paths_are_those_that_are_answered():
    links = {f"/{purpose.value}/{{token}}" for purpose in PAGES}
    sending = {f"/v1/{kind}" for kind in (BATCH, *KINDS)}
    assert set(DOCUMENT["paths"]) == sending | links | {f"{webhooks.PATH}{{source}}", *PATHS, "/healthz", PATH}


def test_every_status_and_code_of_the_collector_is_in_it_and_no_other():
    sources = [(ROOM / name).read_text() for name in ("app.py", "admission.py", "bodies.py", "watermarks.py")]
    pairs = {pair for source in sources for pair in re.findall(r"(?:failure|try_again)\(\s*(\d{3}),\s*\"(\w+)\"", source)}
    told = {
        (status, code)
        for status, answer in DOCUMENT["paths"]["/v1/track"]["post"]["responses"].items()
        for code in codes_in(DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]])
    }
    elsewhere = {("404", "not_found"), ("405", "not_allowed"), ("503", "not_ready")}
    assert told - {("400", "refused")} == pairs - elsewhere


def test_every_field_of_a_call_is_in_it_and_no_other():
    schemas = DOCUMENT["components"]["schemas"]
    told = set().union(*(schemas[kind.title()]["properties"] for kind in KINDS))
    ours = {name for name in Call.__struct_encode_fields__ if not name.startswith("$")}
    assert told | {"type"} == ours | {"writeKey"}
    assert {kind: schemas[kind.title()]["properties"]["event"]["not"]["enum"] for kind in ("track",)} == {"track": sorted(DERIVED)}


def test_the_limits_it_tells_are_those_of_the_code():
    schemas, answers = DOCUMENT["components"]["schemas"], DOCUMENT["components"]["responses"]
    assert schemas["Batch"]["properties"]["batch"]["maxItems"] == MOST_CALLS
    assert f"up to {LONGEST_NAME} characters" in schemas["Name"]["description"]
    assert f"{{0,{LONGEST_NAME - 1}}}" in schemas["Name"]["pattern"]
    assert answers["TooLong"]["description"].startswith(
        f"More than {LARGEST_CALL_BYTES // 1024} KB, or {LARGEST_BATCH_BYTES // 1024} KB of a batch"
    )
    assert f"{PATIENCE_SECONDS} s" in answers["SlowBody"]["description"]


def test_it_is_written_so_that_changes_can_be_read():
    assert FILE.read_text(encoding="utf-8") == json.dumps(DOCUMENT, indent=1, ensure_ascii=False) + "\n"
