"""The script as it is built, weighed and given out."""

import asyncio
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from opportune.adapters.places import Place
from opportune.collector.consent import rules_of
from opportune.collector.script import FILES, PATHS, ScriptEndpoints
from opportune.collector.threshold import Threshold

ROOT = Path(__file__).parents[2]
MOST_BYTES = 6_000
"""Of the script, gzipped."""
RULES = rules_of(home="CH", opt_in=("EU", "CH"), double_opt_in=(), categories={})
ESBUILD = ROOT / "browser" / "node_modules" / "esbuild"


def asked(path, *, method="GET", query="", country=None, **headers):
    """Status, headers and body of an answer to somebody in `country`."""
    said = []

    async def send(message):
        said.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    threshold = Threshold(rules=RULES, place_of=lambda _: country and Place(country, None, "test"))
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": ("192.0.2.1", 1),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(ScriptEndpoints(lambda: threshold)(scope, receive, send))
    return said[0]["status"], {k.decode(): v.decode() for k, v in said[0]["headers"]}, said[1]["body"]


def test_the_script_weighs_less_than_six_kilobytes_and_loads_nothing_of_others():
    plain = FILES["/opportune.js"].read_bytes()
    assert len(gzip.compress(plain, 9, mtime=0)) < MOST_BYTES
    assert re.findall(rb"https?://[\w.]+", plain) == []
    assert len(gzip.compress(FILES["/opportune-banner.js"].read_bytes(), 9, mtime=0)) < 2_500


@pytest.mark.skipif(
    not ESBUILD.exists() or shutil.which("node") is None, reason="needs Node and browser/node_modules: make test installs them"
)
@pytest.mark.processes
def test_the_files_given_out_are_those_the_sources_make(tmp_path):
    subprocess.run(["node", str(ROOT / "browser" / "build.mjs"), str(tmp_path)], check=True, cwd=ROOT / "browser", timeout=60)
    stale = [path.name for path in FILES.values() if path.read_bytes() != (tmp_path / path.name).read_bytes()]
    assert not stale, "npm --prefix browser run build"


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_open_to_pages_of_any_origin_and_kept_for_an_hour(path):
    status, headers, body = asked(path)
    assert (status, body) == (200, FILES[path].read_bytes())
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"].startswith("public, max-age=3600")
    assert headers["vary"] == "accept-encoding"


def test_who_has_the_file_is_told_so_and_who_unpacks_gets_it_packed():
    _, headers, plain = asked("/opportune.js")
    assert asked("/opportune.js", if_none_match=headers["etag"])[::2] == (304, b"")
    assert asked("/opportune.js", if_none_match='"another"')[0] == 200
    _, packed_headers, packed = asked("/opportune.js", accept_encoding="br, gzip")
    assert (packed_headers["content-encoding"], gzip.decompress(packed)) == ("gzip", plain)
    assert asked("/opportune.js", method="HEAD")[2] == b""


@pytest.mark.parametrize("path", PATHS)
def test_nothing_can_be_changed_by_asking(path):
    assert [asked(path, method=method)[0] for method in ("POST", "PUT", "DELETE")] == [405] * 3


@pytest.mark.parametrize(
    "country, said, answer",
    [
        ("DE", "", {"region": "DE", "opt_in": True}),
        ("US", "", {"region": "US", "opt_in": False}),
        ("US", "of=fr", {"region": "FR", "opt_in": True}),
        ("DE", "of=US-CA", {"region": "US", "opt_in": False}),
        (None, "", {"region": None, "opt_in": True}),
        ("US", "of=nonsense", {"region": "US", "opt_in": False}),
    ],
    ids=["by its address", "elsewhere", "the page says", "the page says a part of a country", "unknown: the shop's own", "nonsense"],
)
def test_whether_people_are_asked_first_is_answered_by_country(country, said, answer):
    status, headers, body = asked("/opportune/region", country=country, query=said)
    assert (status, json.loads(body)) == (200, answer)
    assert headers["cache-control"] == "private, max-age=3600"
    assert headers["access-control-allow-origin"] == "*"
