"""Whatever is sent, the answer is one of those we know and the log holds only lines that can be read."""

import gzip
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.collector.edge import BASIC, JSON, Edge

FIELDS = ("type", "event", "userId", "anonymousId", "previousId", "groupId", "messageId", "name")
TIMES = ("timestamp", "originalTimestamp", "sentAt")
OBJECTS = ("properties", "traits", "context")
texts = st.text(st.characters(), max_size=12)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        texts,
        st.sampled_from(["track", "alias", "Order Completed", "2026-03-01T12:00:00Z", "\ud800", "\0", "9999-12-31T23:59:59-23:59"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
calls = st.dictionaries(st.sampled_from(FIELDS + TIMES + OBJECTS), values, max_size=8)
good_calls = st.fixed_dictionaries(
    {"type": st.just("track"), "event": st.just("A"), "userId": st.just("u"), "properties": st.dictionaries(texts, values, max_size=3)}
)
bodies = st.one_of(
    st.binary(max_size=200),
    values.map(json.dumps).map(str.encode),
    st.fixed_dictionaries({"batch": st.lists(calls | good_calls | values, max_size=5)}, optional={"sentAt": values, "context": values})
    .map(json.dumps)
    .map(str.encode),
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    edge = Edge(tmp_path_factory.mktemp("fuzz"))
    yield edge
    edge.close()


@st.composite
def mutilated(draw):
    """A body with some bytes exchanged."""
    body = bytearray(draw(bodies))
    for place in draw(st.lists(st.integers(0, max(len(body) - 1, 0)), max_size=3)):
        if body:
            body[place] = draw(st.integers(0, 255))
    return bytes(body)


@settings(max_examples=250)
@example(body=b'{"batch":[' + b"[" * 100_000, path="/v1/batch", is_packed=False)
@example(body=b"{" * 30_000, path="/v1/track", is_packed=True)
@given(
    body=mutilated(),
    path=st.sampled_from(["/v1/batch", "/v1/batch", "/v1/track", "/v1/identify", "/v1/alias", "/v1/group"]),
    is_packed=st.booleans(),
)
def test_no_body_makes_the_collector_stumble_and_every_line_it_logs_is_clean(edge, body, path, is_packed):
    packing = [("content-encoding", "gzip")] if is_packed else []
    reply = edge.post(path, gzip.compress(body) if is_packed else body, headers=[BASIC, JSON, *packing])
    assert reply.status in (200, 400, 413)
    assert reply.json["success"] == (reply.status == 200)
    sealed = edge.log.seal()
    edge.log.release(sealed.segments)
    for segment in sealed.segments:
        content = segment.parent.joinpath("loaded/2026-03-01", segment.name).read_bytes().decode()
        for line in content.split("\n")[:-1]:
            assert "\\ud8" not in line.lower()
            call = json.loads(line, parse_constant=pytest.fail)
            assert "\0" not in json.dumps(call, ensure_ascii=False)
            assert {"type", "messageId", "source", "properties", "traits", "context", "receivedAt"} <= set(call)
